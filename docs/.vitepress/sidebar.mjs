// Which page stands where on the site. A test holds that each page of docs/ is in here, and that no entry leads nowhere.

/** Pages that stand outside of docs/, by their path on the site. */
export const OUTSIDE = {
  'project/security': 'SECURITY.md',
  'project/changelog': 'CHANGELOG.md',
  'project/contributing': 'CONTRIBUTING.md',
  'project/payments-api': 'sample/01-payments-api/README.md',
  'project/marketplace': 'sample/02-marketplace/README.md',
  'project/bench': 'bench/README.md',
};

const page = (text, link) => ({ text, link: `/${link}` });
const bank = (text, id) => page(text, `banks/${id}`);

export const sidebar = [
  {
    text: 'Begin',
    items: [
      page('Getting started', 'getting-started'),
      page('All questions, all pages', 'pages'),
      page('Configuration', 'configuration'),
      page('Migrating', 'migrating'),
      page('FAQ', 'faq'),
      page('Troubleshooting', 'troubleshooting'),
      page('What the compiler says', 'types'),
      page('Compatibility', 'compatibility'),
      page('Support', 'support'),
    ],
  },
  {
    text: 'Banks',
    collapsed: true,
    items: [
      page('All banks', 'banks/'),
      bank('BOG payments', 'bog-payments'),
      bank('BOG Business Online', 'bog-business'),
      bank('BOG installments', 'bog-installments'),
      bank('BOG iPay', 'bog-ipay'),
      bank('TBC business', 'tbc-business'),
      bank('TBC installments', 'tbc-installments'),
      bank('TBC tpay', 'tbc-tpay'),
      bank('TBC checkout', 'tbc-checkout'),
      bank('UniPAY', 'unipay'),
      bank('A partner API', 'partner'),
      bank('Airwallex', 'airwallex'),
      bank('Efí, Pix', 'efi-pix'),
      bank('M-PESA Daraja', 'mpesa-daraja'),
      bank('MTN MoMo', 'mtn-momo'),
      bank('PayPal', 'paypal'),
      bank('Vipps MobilePay', 'vipps-mobilepay'),
      bank('Wise', 'wise'),
    ],
  },
  {
    text: 'A bank of your own',
    items: [page('Adding a bank', 'adding-a-bank'), page('Shapes of token endpoints', 'banks/shapes')],
  },
  {
    text: 'Calls',
    items: [
      page('Behaviour', 'behaviour'),
      page('Errors', 'errors'),
      page('fetch', 'fetch'),
      page('An engine over undici', 'undici'),
      page('Callbacks of banks', 'webhooks'),
      page('Beside other libraries', 'beside-other-libraries'),
    ],
  },
  {
    text: 'Growing',
    items: [
      page('Many merchants', 'merchants'),
      page('Replicas', 'replicas'),
      page('Client authentication', 'client-authentication'),
    ],
  },
  {
    text: 'Testing',
    items: [
      page('Testing your service', 'testing'),
      page('Simulated banks for any language', 'simulate'),
      page('Checking a configuration', 'check'),
    ],
  },
  {
    text: 'On call',
    items: [
      page('Operations', 'operations'),
      page('Scenes of incidents', 'scenes'),
      page('Messages', 'messages'),
      page('Faults', 'faults'),
      page('State and health', 'health'),
      page('The live page', 'live-page'),
      page('Events', 'events'),
      page('Telemetry', 'telemetry'),
    ],
  },
  {
    text: 'Proof',
    items: [
      page('Security', 'project/security'),
      page('Soak', 'soak'),
      page('Mutation testing', 'mutation-testing'),
      page('Benchmarks', 'benchmarks'),
      page('How they are made', 'project/bench'),
    ],
  },
  {
    text: 'Project',
    collapsed: true,
    items: [
      page('Changelog', 'project/changelog'),
      page('Contributing', 'project/contributing'),
      page('Sample: payments', 'project/payments-api'),
      page('Sample: a marketplace', 'project/marketplace'),
    ],
  },
];

import { randomUUID } from 'node:crypto';

// One customer of one bank after the other, as a caller of the sample's API. Each generator yields an operation and
// gets the answer, or undefined if it was not as expected.
//
// An operation has: its subject (`reference`, in the bank's own call too), the request, the status without faults
// (`expected`), whether the bank is called at all (`reaches`), whether the library may send it again with another token
// (`replayable`), and a check of the answer (`check`).

const SHOP = 'https://shop.example';

function* orders(random) {
  const reference = `order-${randomUUID()}`;
  const operation = {
    name: 'create order',
    reference,
    method: 'POST',
    path: '/orders',
    headers: { 'idempotency-key': randomUUID() },
    body: {
      externalOrderId: reference,
      currency: 'GEL',
      items: [{ productId: 'coffee-250g', quantity: random.whole(1, 9), unitPrice: 12.5 }],
      callbackUrl: `${SHOP}/callback`,
      successUrl: `${SHOP}/thanks`,
      failUrl: `${SHOP}/failed`,
    },
    expected: 201,
    replayable: true,
    check: ({ id }) => typeof id === 'string',
  };
  if (random.chance(0.05)) {
    yield { ...operation, name: 'order without a key', headers: {}, expected: 400, reaches: false };
  }
  let order = yield operation;
  // A shop without an answer asks again with the same key.
  order ??= yield operation;
  if (order === undefined) return;
  if (random.chance(0.1)) yield { ...operation, name: 'order again', check: ({ id }) => id === order.id };
  for (let readings = random.whole(1, 3); readings > 0; readings -= 1) {
    yield {
      name: 'receipt',
      reference: order.id,
      method: 'GET',
      path: `/orders/${order.id}/receipt`,
      expected: 200,
      replayable: true,
      check: (receipt) => receipt.orderId === order.id && receipt.externalOrderId === reference,
    };
  }
  if (random.chance(0.1)) {
    const unknown = randomUUID();
    const path = `/orders/${unknown}/receipt`;
    yield {
      name: 'unknown receipt',
      reference: unknown,
      method: 'GET',
      path,
      expected: 404,
      replayable: true,
    };
  }
}

function* tpay(random) {
  const reference = `till-${randomUUID()}`;
  const body = {
    amount: random.whole(1, 9_999) / 100,
    terminalNo: 'till-7',
    merchantPaymentId: reference,
    callbackUrl: `${SHOP}/tpay`,
  };
  const operation = { reference, method: 'POST', path: '/tpay/payments' };
  if (random.chance(0.05)) {
    yield {
      ...operation,
      name: 'tpay of nothing',
      body: { ...body, amount: 0 },
      expected: 400,
      reaches: false,
    };
  }
  yield {
    ...operation,
    name: 'tpay payment',
    body,
    expected: 201,
    check: ({ payId, qrCode }) => typeof payId === 'string' && typeof qrCode === 'string',
  };
}

function* installments(random) {
  const reference = `invoice-${randomUUID()}`;
  const merchantKey = `merchant-${reference}`;
  const application = yield {
    name: 'start application',
    reference,
    method: 'POST',
    path: '/installments/applications',
    body: { merchantKey, invoiceId: reference, products: [{ name: 'Kettle', price: 89.99, quantity: 1 }] },
    expected: 201,
    check: ({ sessionId }) => typeof sessionId === 'string',
  };
  const status = (sessionId) => ({
    reference: sessionId,
    method: 'GET',
    path: `/installments/applications/${sessionId}/status?merchantKey=${merchantKey}`,
    replayable: true,
  });
  for (let readings = application === undefined ? 0 : random.whole(1, 3); readings > 0; readings -= 1) {
    yield {
      ...status(application.sessionId),
      name: 'application status',
      expected: 200,
      check: ({ amount }) => amount === 89.99,
    };
  }
  // The bank answers 401, though not because of the token.
  if (random.chance(0.1)) yield { ...status(randomUUID()), name: 'unknown application', expected: 404 };
}

function* accounts(random, worker) {
  const iban = ibanOf(worker);
  const operation = { reference: iban, method: 'GET', replayable: true };
  if (random.chance(0.05)) {
    const path = '/accounts/GE00TB0000000000000000/balances/GEL';
    yield { ...operation, name: 'balance of no account', path, expected: 400, reaches: false };
  }
  yield {
    ...operation,
    name: 'balance',
    path: `/accounts/${iban}/balances/GEL`,
    expected: 200,
    check: (balance) => balance.iban === iban && balance.available === 10_000,
  };
}

function* bookings(random) {
  const reference = `guest ${randomUUID()}`;
  const booking = yield {
    name: 'create booking',
    reference,
    method: 'POST',
    path: '/bookings',
    body: { customerName: reference, startsAt: '2030-01-31T18:00:00Z', guests: random.whole(1, 8) },
    expected: 201,
    check: ({ status }) => status === 'confirmed',
  };
  if (booking === undefined) return;
  const deletion = { reference: booking.id, method: 'DELETE', path: `/bookings/${booking.id}` };
  const deleted = yield { ...deletion, name: 'delete booking', expected: 204 };
  if (deleted !== undefined && random.chance(0.1)) {
    yield { ...deletion, name: 'delete booking again', expected: 404 };
  }
}

/** The calls of one customer at each bank. */
export const OPERATIONS = {
  'bog-payments': orders,
  'tbc-business': accounts,
  'tbc-installments': installments,
  'tbc-tpay': tpay,
  partner: bookings,
};

/** An account of its own for each worker, at TBC (TB) in Georgia (GE); check digits as in ISO 13616. */
function ibanOf(worker) {
  const account = String(worker + 1).padStart(16, '0');
  // Letters count from A = 10.
  const rest = BigInt(`2911${account}161400`) % 97n;
  return `GE${String(98n - rest).padStart(2, '0')}TB${account}`;
}

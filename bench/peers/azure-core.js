import {
  bearerTokenAuthenticationPolicy,
  bearerTokenAuthenticationPolicyName,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';

const INSIDE = 'https://bank.invalid/';

/**
 * The policy that renews tokens in Azure's own clients. It requires a credential that requests the token, made here
 * from the same package's pipeline; and it requires HTTPS, so that URLs are redirected to the loopback bank below it.
 */
export default {
  name: '@azure/core-rest-pipeline',
  packages: ['@azure/core-rest-pipeline'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const httpClient = createDefaultHttpClient();
    const tokenPipeline = createPipelineFromOptions({});
    const credential = {
      async getToken() {
        const response = await tokenPipeline.sendRequest(
          httpClient,
          createPipelineRequest({
            url: tokenUrl,
            method: 'POST',
            allowInsecureConnection: true,
            headers: createHttpHeaders({
              authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
              'content-type': 'application/x-www-form-urlencoded',
            }),
            body: 'grant_type=client_credentials',
          }),
        );
        if (response.status !== 200) throw new Error(`The token endpoint answered ${response.status}`);
        const { access_token, expires_in } = JSON.parse(response.bodyAsText);
        return { token: access_token, expiresOnTimestamp: Date.now() + expires_in * 1000 };
      },
    };
    const policy = bearerTokenAuthenticationPolicy({ credential, scopes: 'bench' });
    const pipeline = createPipelineFromOptions({});
    pipeline.addPolicy(policy);
    pipeline.addPolicy(
      {
        name: 'toLoopback',
        sendRequest(request, next) {
          request.url = request.url.replace(INSIDE, `${apiBaseUrl}/`);
          return next(request);
        },
      },
      { afterPolicies: [bearerTokenAuthenticationPolicyName] },
    );
    const answered = { status: 200, headers: createHttpHeaders() };
    return {
      // The package has no call for the token: this is the policy's work before each request.
      async getAccessToken() {
        const request = createPipelineRequest({ url: INSIDE });
        await policy.sendRequest(request, async () => answered);
        return request.headers.get('authorization').slice('Bearer '.length);
      },
      async get(path) {
        const request = createPipelineRequest({ url: `${INSIDE}${path}`, allowInsecureConnection: true });
        const response = await pipeline.sendRequest(httpClient, request);
        if (response.status === 200) JSON.parse(response.bodyAsText);
        return response;
      },
    };
  },
};

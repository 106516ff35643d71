// Run as a child process with NODE_EXTRA_CA_CERTS set, by test/tenant/officialClients.test.ts: the vendor's own
// clients against a tenant of ours. Reads one JSON object from stdin, prints one to stdout.
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { Client } from '@microsoft/microsoft-graph-client';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const wish = JSON.parse(Buffer.concat(chunks).toString('utf8'));
const host = new URL(wish.origin).host;
const auth = { authority: `${wish.origin}/${wish.tenantId}`, knownAuthorities: [host] };

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    return {
      failed: error.code ?? error.errorCode ?? error.name,
      statusCode: error.statusCode,
      requestId: error.requestId,
    };
  }
}

function graphWith(token) {
  return Client.init({
    baseUrl: `${wish.origin}/`,
    customHosts: new Set(['localhost']),
    authProvider: (done) => done(null, token),
  });
}

const app = new ConfidentialClientApplication({
  auth: { ...auth, clientId: wish.application.appId, clientSecret: wish.application.secret },
});
const publicClient = new PublicClientApplication({ auth: { ...auth, clientId: wish.publicClientId } });
const scopes = ['https://graph.microsoft.com/DeviceLocalCredential.Read.All'];
const signIn = (user) => publicClient.acquireTokenByUsernamePassword({ scopes, ...user });

const appToken = await app.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] });
const user = await signIn(wish.user);
const nobody = await signIn(wish.nobody);
const path = `/directory/deviceLocalCredentials/${wish.deviceId}`;
const deviceCode = await publicClient.acquireTokenByDeviceCode({
  scopes,
  deviceCodeCallback: (reply) => process.stderr.write(`${JSON.stringify({ userCode: reply.userCode })}\n`),
});
process.stdout.write(
  JSON.stringify({
    account: user.account?.username,
    deviceCodeAccount: deviceCode.account?.username,
    wrongPassword: await attempt(() => signIn({ ...wish.user, password: 'not it' })),
    list: await attempt(() => graphWith(appToken.accessToken).api('/directory/deviceLocalCredentials').get()),
    byApplication: await attempt(() => graphWith(appToken.accessToken).api(path).select('credentials').get()),
    byUser: await attempt(() => graphWith(user.accessToken).api(path).version('beta').select('credentials').get()),
    byNobody: await attempt(() => graphWith(nobody.accessToken).api(path).select('credentials').get()),
  }),
);

// The floor of a new tenant's start: the keys it must have before it can answer, and a server that answers.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:https';

// As the tenant: elliptic keys for the authority and its server; the signing key is made while it answers already.
for (let count = 0; count < 2; count++) generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const server = createServer((_request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));

/** A process that uses the tenant of a folder until it is killed: `tenantUser.ts FOLDER`; says so in a line. */
import { useTenant } from '../../agent/edge/tenantUse.ts';

await useTenant(process.argv[2] ?? '');
process.stdout.write('uses it\n');
setInterval(() => {}, 1000);

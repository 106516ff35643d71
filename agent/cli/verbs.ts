/**
 * The table of verbs: name, one line of help, and where it is. Each is loaded only when asked for.
 */
import type { Verb } from './face.ts';

export interface VerbRow {
  readonly name: string;
  readonly group: 'device' | 'authors' | 'administrators' | 'tenant';
  readonly summary: string;
  /** It stays, and mostly sleeps: the memory it keeps counts for more than its speed. */
  readonly sleeps?: true;
  /** With --json it prints one document after another, a line each. */
  readonly stream?: true;
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

export const verbs: readonly VerbRow[] = [
  {
    name: 'run',
    group: 'device',
    summary: 'run the daemon here; joins the embedded test tenant by itself',
    sleeps: true,
    stream: true,
    load: () => import('./run.ts'),
  },
  {
    name: 'status',
    group: 'device',
    summary: 'device, policy, account, expiry, and whether all is well',
    load: () => import('./status.ts'),
  },
  {
    name: 'reset',
    group: 'device',
    summary: 'give the managed account a new password now',
    load: () => import('./reset.ts'),
  },
  {
    name: 'process',
    group: 'device',
    summary: 'run one policy-processing cycle now',
    load: () => import('./process.ts'),
  },
  {
    name: 'events',
    group: 'device',
    summary: 'show the operational log',
    stream: true,
    load: () => import('./events.ts'),
  },
  {
    name: 'signin',
    group: 'device',
    summary: 'sign in to a simulated account, to see that a password opens it',
    load: () => import('./signin.ts'),
  },
  {
    name: 'passwd',
    group: 'device',
    summary: "change a simulated account's password by hand, to see LAPS block it",
    load: () => import('./passwd.ts'),
  },
  {
    name: 'doctor',
    group: 'device',
    summary: 'why backups fail: walks the known causes and names the one that holds',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'diagnostics',
    group: 'device',
    summary: 'write a zip for support, without any secret',
    load: () => import('./diagnostics.ts'),
  },
  { name: 'join', group: 'device', summary: 'join this device to a tenant', load: () => import('./join.ts') },
  {
    name: 'leave',
    group: 'device',
    summary: 'leave the tenant; its stored password is lost with the device',
    load: () => import('./leave.ts'),
  },
  {
    name: 'service',
    group: 'device',
    summary: 'install, uninstall or look at the service of this machine',
    load: () => import('./service.ts'),
  },
  {
    name: 'config',
    group: 'device',
    summary: 'show and change how this installation is set up',
    load: () => import('./config.ts'),
  },
  {
    name: 'repair',
    group: 'device',
    summary: 'put damaged files aside and start a fresh rotation',
    load: () => import('./repair.ts'),
  },
  {
    name: 'validate',
    group: 'authors',
    summary: 'check policy files before a rollout',
    load: () => import('./validate.ts'),
  },
  {
    name: 'explain',
    group: 'authors',
    summary: 'the effective policy: each value, and where it comes from',
    load: () => import('./explain.ts'),
  },
  {
    name: 'convert',
    group: 'authors',
    summary: 'write a policy in the shape that Intune, Group Policy or regedit takes',
    load: () => import('./convert.ts'),
  },
  {
    name: 'diff',
    group: 'authors',
    summary: 'what a device does differently under another policy, and whether it rotates',
    load: () => import('./diff.ts'),
  },
  {
    name: 'sample',
    group: 'authors',
    summary: 'example passwords for a policy, with their entropy',
    load: () => import('./sample.ts'),
  },
  {
    name: 'settings',
    group: 'authors',
    summary: 'every setting: type, range, default, since when',
    load: () => import('./settings.ts'),
  },
  {
    name: 'rules',
    group: 'authors',
    summary: 'every rule of validate: what it finds, and why it matters',
    load: () => import('./rules.ts'),
  },
  {
    name: 'init',
    group: 'authors',
    summary: 'write a policy to start from, with completion in editors',
    load: () => import('./init.ts'),
  },
  {
    name: 'recover',
    group: 'administrators',
    summary: "read a device's backed-up password as an administrator",
    load: () => import('./recover.ts'),
  },
  {
    name: 'devices',
    group: 'administrators',
    summary: 'list the devices with a backed-up password',
    load: () => import('./devices.ts'),
  },
  {
    name: 'tenant',
    group: 'tenant',
    summary: 'run the Entra-compatible test tenant on its own',
    load: () => import('./tenant.ts'),
  },
];

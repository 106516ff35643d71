/**
 * What to do where there is no systemd: an OpenRC script, a container's entry point, a line for cron.
 *
 * Knows: how each ends a program and what it lacks. Promises: the daemon is started with the same folders as by systemd,
 * ends in order on the signal that host sends, and what the host cannot give is said in the text. Must never: differ in
 * what the agent does.
 */
import { type Program, servicePaths } from './place.ts';

export const hostKinds = ['systemd', 'openrc', 'container', 'cron'] as const;
export type HostKind = (typeof hostKinds)[number];

/** A word for the shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export interface OtherFacts extends Program {
  /** Further words of the command, as `--accounts linux`. */
  readonly words: readonly string[];
  /** The minute of the hour that is this machine's own, so that a thousand machines do not come at once. */
  readonly minute: number;
}

/** Where a policy has to be that names a real account. */
const policiesWord = `# Policies are read from ${servicePaths().policies} (laps init writes one to begin with), or from where --policies says.`;

function commandOf(facts: OtherFacts, verb: readonly string[]): string {
  const { node, script, data, words } = facts;
  return [node, script, ...verb, '--data', data, ...words].map(quoted).join(' ');
}

/** A script for /etc/init.d. */
export function openrcScript(facts: OtherFacts): string {
  const { node, script, data, words } = facts;
  const args = [script, 'run', '--data', data, ...words].map(quoted).join(' ');
  return `#!/sbin/openrc-run
# laps-agent for OpenRC. As /etc/init.d/laps-agent, mode 0755; then: rc-update add laps-agent && rc-service laps-agent start
# What systemd's unit has and this has not: the seal around the process, the watchdog, and events as fields of a journal;
# laps events shows them all the same.
${policiesWord}

description="laps-agent, a simulated Windows LAPS client"
supervisor=supervise-daemon
command=${quoted(node)}
command_args="${args.replace(/[\\"$`]/g, '\\$&')}"
command_background=false
directory=/
umask=0077
rc_ulimit="-c 0"
# A crash is followed by a new start a minute later, however often.
respawn_delay=60
respawn_max=0
# SIGTERM parks the step under way; a minute is more than it needs.
retry="TERM/60/KILL/5"
output_logger="logger -t laps-agent -p daemon.info"
error_logger="logger -t laps-agent -p daemon.err"

depend() {
	need localmount
	use net dns logger
	after bootmisc
}

start_pre() {
	checkpath --directory --mode 0700 --owner root:root ${quoted(data)}
	checkpath --directory --mode 0710 --owner root:root ${servicePaths().run}
}
`;
}

/** An entry point for an image. */
export function containerEntryPoint(facts: OtherFacts): string {
  return `#!/bin/sh
# The entry point of a container with laps-agent. As /entrypoint.sh, mode 0755, with ENTRYPOINT ["/entrypoint.sh"].
# Keep ${facts.data} on a volume: it holds identity and journal, and a container without them is another device.
${policiesWord}
# Start it with an init, which buries processes whose parents died: docker run --init --stop-timeout 60 …
# SIGTERM parks the step under way and ends it with status 0; 3 means that trying again will not help.
set -eu
umask 077
ulimit -c 0
exec ${commandOf(facts, ['run'])} "$@"
`;
}

/** A file for /etc/cron.d. */
export function cronLines(facts: OtherFacts): string {
  // In a crontab an unescaped percent sign ends the command.
  const once = commandOf(facts, ['run', '--once']).replaceAll('%', '\\%');
  return `# laps-agent by cron. As /etc/cron.d/laps-agent, mode 0644, owned by root.
# One cycle at boot and one an hour, at a minute that is this machine's own. Between them nothing runs: a sign-in with the
# managed account is noticed at the next cycle only, and a changed policy takes effect then. Two never meet: the second
# finds the lock and leaves.
${policiesWord}
SHELL=/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
@reboot root umask 077; ${once} >/dev/null
${facts.minute} * * * * root umask 077; ${once} >/dev/null
`;
}

/**
 * The SIDs under which real accounts are shown (contract 6).
 *
 * Pure. Promises: one domain for one machine, and 1000 + uid below it; so a SID tells whether its account is a real one.
 */

/** RIDs of ordinary accounts begin at 1000 in Windows, and so do those shown here. */
export const firstRid = 1000;

/** The uid behind a RID of that domain. */
export const uidOf = ({ rid }: { readonly rid: number }): number => rid - firstRid;

/** `machineId` as {@link readMachineId} gives it: a GUID. */
export function realDomain(machineId: string): string {
  const hex = machineId.replaceAll('-', '');
  return `S-1-5-21-${[0, 8, 16].map((at) => Number.parseInt(hex.slice(at, at + 8), 16)).join('-')}`;
}

/** The uid behind a SID of that domain; undefined for any other. */
export function uidOfSid(domain: string, sid: string): number | undefined {
  const rid = sid.startsWith(`${domain}-`) ? sid.slice(domain.length + 1) : '';
  return /^\d{4,10}$/.test(rid) ? Number(rid) - firstRid : undefined;
}

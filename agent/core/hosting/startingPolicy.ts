/** The policy a service begins with, when its owner has none yet. Must never: differ from what its page in policies/ recommends. */

/** A policy for this account: backed up to Entra ID, a new password every 30 days, and a day after it was used. */
export function startingPolicy(account: string): string {
  const policy = {
    BackupDirectory: 1,
    AdministratorAccountName: account,
    PasswordAgeDays: 30,
    PasswordComplexity: 4,
    PasswordLength: 14,
    PostAuthenticationResetDelay: 24,
    PostAuthenticationActions: 3,
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

/**
 * What is wrong with a certificate or a handshake, by the code that OpenSSL or Node gives it.
 *
 * Promises: the first question is the clock where dates are wrong. Must never: show a foreign error's text.
 */

/** WinHTTP's numbers for what is wrong with a certificate: date, name, authority; the channel otherwise. */
export function tlsHresult(detail: string): number {
  if (detail === 'CERT_HAS_EXPIRED' || detail === 'CERT_NOT_YET_VALID') return 0x80072f05;
  if (detail === 'ERR_TLS_CERT_ALTNAME_INVALID') return 0x80072f06;
  return /SELF_SIGNED|ISSUER|LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_SIGNATURE/.test(detail) ? 0x80072f0d : 0x80072f7d;
}

/** In words, with what to do. */
export function tlsProblem(detail: string): { readonly problem: string; readonly hint: string } {
  switch (tlsHresult(detail)) {
    case 0x80072f05:
      return {
        problem: 'its certificate has expired or is not valid yet',
        hint: "check this machine's clock first; if it is right, the tenant's certificate or its authority's must be renewed",
      };
    case 0x80072f06:
      return {
        problem: 'its certificate is for another host name',
        hint: 'use the host name the certificate was issued for',
      };
    case 0x80072f0d:
      return {
        problem: 'its certificate comes from an authority that is not trusted here',
        hint: 'name the authority of a private tenant with --ca-file FILE; laps run, reset and process remember it',
      };
    default:
      return { problem: 'no verified TLS connection came about', hint: 'check that this is the tenant, and its port' };
  }
}

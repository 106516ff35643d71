/**
 * The page where a person approves a device code (wire 10.2).
 *
 * Knows: one form. Promises: plain HTML without scripts, everything shown is escaped. Must never: be framed, be posted
 * from another site's page, or say which of name and password was wrong.
 */
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { type Exchange, headerOf } from '../context.ts';
import { verifies } from '../verifiers.ts';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** `GET /devicelogin`. */
export function deviceLoginPage({ request }: Exchange): OutgoingReply {
  return page(200, '', request.query.get('code') ?? '');
}

/** `POST /devicelogin`. */
export async function approveDeviceLogin(exchange: Exchange): Promise<OutgoingReply> {
  const { tenant, request, at, note } = exchange;
  const origin = headerOf(request, 'origin');
  // `null` is what a page with no referrer policy sends of itself; other sites send their own name.
  if (origin !== undefined && origin !== tenant.origin && origin !== 'null') {
    return page(403, 'This form must be sent from its own page.', '');
  }
  const form = new URLSearchParams(request.body.toString('utf8'));
  const code = form.get('code') ?? '';
  const { principals } = tenant.store;
  const user = principals.userByName(form.get('username') ?? '');
  if (!(await verifies(user?.verifier, form.get('password') ?? '', principals.userCosts())) || user === undefined) {
    return page(400, 'User name or password is not right.', code);
  }
  note('caller', user.userPrincipalName);
  const declined = form.get('choice') === 'decline';
  if (!tenant.deviceCodes.decide(code, declined ? null : user.id, at)) {
    return page(400, 'That code is not known, already used or expired.', '');
  }
  return page(200, declined ? 'Declined. You may close this page.' : 'Signed in. You may close this page.', undefined);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}

function page(status: number, message: string, code: string | undefined): OutgoingReply {
  const form =
    code === undefined
      ? ''
      : `<form method="post" action="/devicelogin">
<label>Code <input name="code" value="${escaped(code.slice(0, 20))}" autocomplete="off" required></label>
<label>User name <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button name="choice" value="approve">Sign in</button> <button name="choice" value="decline">Decline</button>
</form>`;
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in with a code</title>
<style>body{font:16px sans-serif;max-width:24em;margin:3em auto}label{display:block;margin:.6em 0}input{width:100%}</style>
<h1>Sign in with a code</h1><p>This is a test tenant.</p><p role="status">${escaped(message)}</p>${form}</html>\n`;
  return { status, headers, body };
}

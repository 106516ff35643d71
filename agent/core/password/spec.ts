/** What a policy asks of a password: the judge's and the drawer's common word. */
export type PasswordSpec =
  | { readonly kind: 'password'; readonly complexity: 1 | 2 | 3 | 4 | 5; readonly length: number }
  | { readonly kind: 'passphrase'; readonly complexity: 6 | 7 | 8; readonly words: number };

/**
 * OMA-URIs of the LAPS CSP, in one spelling, and what Intune makes of them.
 *
 * Knows: that `./Vendor/...` is the older spelling of `./Device/Vendor/...` for a node of the device, and that the
 * management client takes it for the same. Promises: any other text comes back as it was. Must never: ignore case; URIs
 * do not.
 */
import { rootRows } from '../settings.ts';

/** What every setting's URI begins with, without the last slash. */
export const cspPrefix = rootRows.CSP.prefix ?? '';

/** A URI in the spelling of the tables. */
export const deviceUri = (uri: string): string => (uri.startsWith('./Vendor/') ? `./Device/${uri.slice(2)}` : uri);

/** What every setting's id in Intune's settings catalog begins with: its URI in small letters and low lines (spec 12.2). */
export const catalogPrefix = `${cspPrefix.replace('./', '').replaceAll('/', '_').toLowerCase()}_`;

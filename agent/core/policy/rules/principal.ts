/**
 * Who may decrypt, as Windows takes it: a SID, DOMAIN\name or name@domain (spec 2.3); what else people write, and what
 * each of them probably meant.
 *
 * Promises: what a hint proposes is itself taken, and names nobody whom the author did not. Must never: report; the rule
 * does, where the principal is looked at.
 */
import { characterText, forbiddenIn } from '../accountName.ts';
import type { PolicyFormat } from '../document.ts';
import { inQuotes } from '../text.ts';
import { meantText, writtenText } from '../written.ts';

interface Refusal {
  readonly effect: string;
  /** The event in which Windows tells it. */
  readonly event: 10034 | 10035;
}

interface Mistake extends Refusal {
  readonly message: string;
  readonly hint?: string;
}

const isolated = 10034;
const unmapped = 10035;
const refused = (event: Refusal['event'], because = ''): Refusal => ({
  effect: `${because}the device cannot map it and backs nothing up (event ${event})`,
  event,
});

const isSid = (text: string): boolean => /^s-1-\d+(-\d+){1,15}$/i.test(text);
/** The SID behind braces, a missing hyphen or other trimmings; undefined when the text is one already, or is none. */
function sidMeant(text: string): string | undefined {
  const bare = /^[{<[]?\s*(?:sid\s*[:=]\s*)?s-?(1(?:-\d+){2,16})\s*[}>\]]?$/i.exec(text)?.[1];
  const sid = `S-${bare}`;
  return bare !== undefined && isSid(sid) && !isSid(text) ? sid : undefined;
}

/** `DOMAIN\name` or `name@domain`, both parts there. */
const isQualified = (text: string): boolean => /^[^\\@]+\\[^\\]+$/.test(text) || /^[^\\@]+@[^\\@]+$/.test(text);
const marks = /["'()]/;

/** What stands inside quotes or parentheses around the whole; undefined when they belong to the name itself. */
function unwrapped(text: string): string | undefined {
  // No name holds a double quote: one that is left open or closed twice stands around the name all the same.
  const inner =
    /^"+([^"]*)"*$/.exec(text)?.[1] ??
    /^([^"]*)"+$/.exec(text)?.[1] ??
    /^'([^']*)'$/.exec(text)?.[1] ??
    /^\(([^()]*)\)$/.exec(text)?.[1];
  const bare = inner?.trim() ?? '';
  return bare !== '' && !marks.test(bare) ? bare : undefined;
}

function markedMistake(text: string, format: PolicyFormat): Mistake {
  // Who quotes a name may double its backslash as well, for a shape that does so already.
  const bare = unwrapped(text)?.replace(/\\{2,}/g, '\\');
  const isWhole = bare !== undefined && (isSid(bare) || isQualified(bare));
  const isAlone = bare !== undefined && !isWhole && forbiddenIn(bare).length === 0;
  return {
    message: 'the encryption principal holds quotes or parentheses',
    ...refused(unmapped),
    hint: isWhole
      ? `write ${writtenText(bare, format)}`
      : isAlone
        ? `write ${writtenText(`DOMAIN\\${bare}`, format)}, ${writtenText(`${bare}@domain`, format)}, or its SID, without the quotes`
        : 'write the SID of the user or group (S-1-5-21-...): a name with quotes or parentheses is not taken',
  };
}

/** Names with more or fewer signs between their parts than belong there; undefined when none of these. */
function partsMistake(text: string, format: PolicyFormat): Mistake | undefined {
  const quoted = inQuotes(text);
  const write = (name: string): string => writtenText(name, format);
  const parts = text.split('\\');
  const filled = parts.filter((part) => part !== '');
  const [domain, name] = filled;
  if (parts.length > 2)
    return {
      message: `the encryption principal ${quoted} has more than one backslash`,
      ...refused(unmapped),
      ...(filled.length === 2 && { hint: `write ${write(`${domain}\\${name}`)}` }),
    };
  if (parts.length === 2 && filled.length < 2)
    return parts[0] === ''
      ? {
          message: `the encryption principal ${quoted} names no domain before the backslash`,
          ...refused(isolated),
          hint:
            filled.length === 0 ? 'write a SID, DOMAIN\\name or name@domain' : `write ${write(`DOMAIN\\${domain}`)}`,
        }
      : {
          message: `the encryption principal ${quoted} names a domain, but no user or group in it`,
          ...refused(unmapped),
          hint: `write ${write(`${domain}\\name`)} with the name of a user or group, or its SID`,
        };
  if (domain === '.' && name !== undefined)
    return {
      message: `the encryption principal ${quoted} names a user or group of the device itself`,
      ...refused(unmapped, 'the domain does not know it: '),
      hint: `write ${write(`DOMAIN\\${name}`)}, or the SID of a user or group of the domain`,
    };
  if (/^(cn|ou|dc|uid)\s*=/i.test(text))
    return {
      message: 'the encryption principal is a distinguished name',
      ...refused(unmapped),
      hint: `write ${write('DOMAIN\\name')} with the logon name (sAMAccountName) of the user or group, or its SID`,
    };
  const slashed = /^([^\\/@]+)\/([^\\/@]+)$/.exec(text);
  if (slashed !== null)
    return {
      message: `the encryption principal ${quoted} has a slash where a backslash belongs`,
      ...refused(isolated),
      hint: `write ${write(`${slashed[1]}\\${slashed[2]}`)}`,
    };
  if (parts.length === 1 && text.includes('@') && !isQualified(text)) {
    const [before = '', after = '', ...more] = text.split('@');
    const what =
      more.length > 0
        ? 'has more than one @'
        : before === ''
          ? 'names nobody before the @'
          : 'names no domain after the @';
    return {
      message: `the encryption principal ${quoted} ${what}`,
      ...refused(more.length > 0 || before === '' ? unmapped : isolated),
      hint: `write ${before === '' ? 'name' : before}@${after === '' || more.length > 0 ? 'domain' : after}, or the SID`,
    };
  }
  return undefined;
}

/** What is wrong with a principal in a file of this shape; undefined when Windows may map it. */
export function mistakeInPrincipal(principal: string, format: PolicyFormat, raw: string): Mistake | undefined {
  const meant = meantText(principal, format, raw);
  if (meant !== undefined && isQualified(meant))
    return {
      message:
        format === 'reg'
          ? 'the encryption principal has a single backslash, which a .reg file drops'
          : 'the encryption principal has a single backslash, which JSON takes with the next letter for another character',
      ...refused(unmapped),
      hint: `write ${writtenText(meant, format)}`,
    };
  const unprintable = forbiddenIn(principal).find((each) => characterText(each) !== each);
  if (unprintable !== undefined)
    return {
      message: `the encryption principal holds what no name may hold: ${characterText(unprintable)}`,
      ...refused(unmapped),
    };
  const text = principal.trim();
  const sid = sidMeant(text);
  if (sid !== undefined)
    return {
      message: `${text} is not a SID as Windows reads one`,
      ...refused(unmapped),
      hint: `write ${writtenText(sid, format)}`,
    };
  if (marks.test(text)) return markedMistake(text, format);
  if (/^s-1-/i.test(text))
    return isSid(text)
      ? undefined
      : { message: `${text} is not a SID`, ...refused(unmapped), hint: 'write it as S-1-5-21-...-1234' };
  const mistake = partsMistake(text, format);
  if (mistake !== undefined || isQualified(text)) return mistake;
  return {
    message: `the encryption principal ${inQuotes(text)} does not say which domain it belongs to`,
    ...refused(isolated),
    hint: `write ${writtenText(`DOMAIN\\${text}`, format)}, ${writtenText(`${text}@domain`, format)}, or its SID`,
  };
}

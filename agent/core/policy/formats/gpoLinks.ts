/**
 * The links of a GPO in its report: by them alone it reaches a device.
 *
 * Knows: `LinksTo` right inside the GPO, one for each link of its own domain. Promises: one link that is on, or says
 * nothing of it, is enough; a report that is not whole is not said to lack links. Must never: call a setting dead for it,
 * since a link from a site or from another domain is not in the report.
 */
import type { Unlinked } from '../document.ts';
import type { Place } from '../text.ts';
import type { XmlElement } from './xml.ts';

/** So many of the places that links lead to are kept. */
const mostPaths = 100;

export interface GpoLinks {
  /** Is told each element of the report that closes. */
  close(element: XmlElement): void;
  /** What is to be told when the GPO has closed. */
  finish(): Unlinked | undefined;
}

/** Watches one GPO of a report. */
export function watchLinks(gpo: XmlElement): GpoLinks {
  const paths: string[] = [];
  let path = '';
  let offAt: Place | undefined;
  let firstOffAt: Place | undefined;
  let namePlace: Place | undefined;
  let isLinked = false;
  let isWhole = false;

  const closeLink = (): void => {
    if (offAt === undefined) isLinked = true;
    else {
      firstOffAt ??= offAt;
      if (paths.length < mostPaths && path !== '') paths.push(path);
    }
    offAt = undefined;
    path = '';
  };

  return {
    close(element) {
      const { name, parent, text } = element;
      if (parent === gpo) {
        if (name === 'LinksTo') closeLink();
        else if (name === 'Name') namePlace = element.contentPlace();
        // Every report that the Group Policy console or its cmdlets make says when it was read.
        else if (name === 'ReadTime') isWhole = true;
      } else if (parent?.name === 'LinksTo' && parent.parent === gpo) {
        if (name === 'SOMPath') path = text.trim();
        else if (name === 'Enabled' && /^\s*(false|0)\s*$/i.test(text)) offAt = element.contentPlace();
      }
    },
    finish() {
      if (isLinked) return undefined;
      if (firstOffAt !== undefined) return { kind: 'off', paths, place: firstOffAt };
      return isWhole ? { kind: 'none', paths, place: namePlace ?? gpo.tagPlace() } : undefined;
    },
  };
}

/** Every reader of policy shapes, loaded: tests need no lazy start. */
import type { PolicyDocument } from '../../agent/core/policy/document.ts';
import { readExport } from '../../agent/core/policy/formats/exports.ts';
import { type Readers, readDocumentWith } from '../../agent/core/policy/formats/formats.ts';
import { readLgpo } from '../../agent/core/policy/formats/lgpo.ts';
import { readReg } from '../../agent/core/policy/formats/reg.ts';
import { readRegistryPol } from '../../agent/core/policy/formats/registryPol.ts';
import { readXml } from '../../agent/core/policy/formats/xmlShapes.ts';
import type { PolicyFile } from '../../agent/core/ports.ts';

export const allReaders: Readers = {
  reg: readReg,
  pol: readRegistryPol,
  lgpo: readLgpo,
  xml: readXml,
  exports: readExport,
};

/** A file as a document, at once. */
export const readNow = (file: PolicyFile): PolicyDocument => readDocumentWith(allReaders, file);

/** A document of a text or of bytes; the name says nothing about the root. */
export const documentFrom = (content: string | Uint8Array, path = 'policy'): PolicyDocument =>
  readNow({ path, bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content });

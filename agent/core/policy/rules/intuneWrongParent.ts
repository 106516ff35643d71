/** In Intune a child setting is offered beneath certain options only (spec 12.2). */
import { catalogPrefix } from '../formats/uri.ts';
import { isSettingName, settingNames, settingRows } from '../settings.ts';
import { ageIdBeneath } from '../strays.ts';
import type { Rule } from './rule.ts';

const directory2 = ['backupdirectory_2'];
const automatic = ['automaticaccountmanagementenabled_true'];

/** The options that each child belongs to; what is not named here stands at the top. */
const parents: Readonly<Record<string, readonly string[]>> = {
  passwordagedays_aad: ['backupdirectory_1'],
  passwordagedays: directory2,
  passwordexpirationprotectionenabled: directory2,
  adpasswordencryptionenabled: directory2,
  adpasswordencryptionprincipal: directory2,
  adencryptedpasswordhistorysize: directory2,
  passphraselength: ['passwordcomplexity_6', 'passwordcomplexity_7', 'passwordcomplexity_8'],
  automaticaccountmanagementtarget: automatic,
  automaticaccountmanagementnameorprefix: automatic,
  automaticaccountmanagementenableaccount: automatic,
  automaticaccountmanagementrandomizename: automatic,
};

/** Every option that has children, or could seem to: of a choice that the table knows. */
const options: ReadonlySet<string> = new Set(
  settingNames.flatMap((name) => {
    const { type, values } = settingRows[name];
    const said = type === 'boolean' ? ['true', 'false'] : (values ?? []).map(({ value }) => value);
    return said.map((value) => `${name.toLowerCase()}_${value}`);
  }),
);
const choices = settingNames.map((name) => name.toLowerCase());

/** False for what is a mistake in itself: `backupdirectory_3`, `1`. An option of another product is one. */
const isOption = (parent: string): boolean =>
  options.has(parent) || (parent.startsWith('device_') && !choices.some((choice) => parent.startsWith(`${choice}_`)));

/** The definition of the age that belongs beneath the option: each directory has its own. */
function ageBeneath(definition: string, option: string | undefined): string | undefined {
  if (option === undefined || !/^passwordagedays(?:_aad)?$/.test(definition)) return undefined;
  const age = ageIdBeneath(option);
  return age !== definition && parents[age]?.includes(option) === true ? age : undefined;
}

interface Spot {
  readonly definition: string;
  readonly parent: string | undefined;
  /** The options that it belongs beneath; undefined: it belongs at the top. */
  readonly wanted: readonly string[] | undefined;
  /** What else the file has: its ids, and the option of BackupDirectory. */
  readonly ids: ReadonlySet<string>;
  readonly directory: string | undefined;
}

function hintFor({ definition, parent, wanted, ids, directory }: Spot): string {
  if (wanted === undefined) return 'move it to the top';
  const move = (option: string): string => `move it into the children of ${option}`;
  const age = ageBeneath(definition, parent);
  if (age !== undefined && !ids.has(age))
    return `write ${catalogPrefix}${age}, which belongs there, or ${move(wanted.join(' or '))}`;
  // An option that the file does not have has no children to move it into.
  const own = ageBeneath(definition, directory);
  if (own === undefined || directory === undefined) return move(wanted.join(' or '));
  return ids.has(own)
    ? `remove it: with ${directory} the age is ${own}, and the file has that`
    : `write ${catalogPrefix}${own} and ${move(directory)}`;
}

export const intuneWrongParent: Rule = {
  id: 'LAPS044',
  name: 'intune-wrong-parent',
  severity: 'warning',
  summary: 'A setting of an Intune export stands beneath an option that it does not belong to.',
  hint: 'move it into the children of the option it belongs to',
  documentation:
    'In the settings catalogue some settings are children of one option of another: passwordagedays_aad of backupdirectory_1, the settings for Active Directory of backupdirectory_2, passphraselength of the three passphrase options, the details of automatic account management of its "true". The portal cannot build anything else; a file edited by hand can, and what the service does with it is not documented.',
  roots: 'modern',
  check({ document, settings }) {
    if (document.format !== 'intune') return [];
    const ids = new Set(settings.map(({ setting }) => setting.intune?.definition.toLowerCase() ?? ''));
    const chosen = settings.find(({ setting }) => setting.name === 'BackupDirectory')?.setting.value;
    const directory = chosen === 1 || chosen === 2 ? `backupdirectory_${chosen}` : undefined;
    return settings.flatMap(({ setting }) => {
      const { intune } = setting;
      // Of what is no setting nobody knows where it belongs.
      if (intune === undefined || !isSettingName(setting.name)) return [];
      const wanted = parents[intune.definition.toLowerCase()];
      const parent = intune.parent?.toLowerCase();
      // An option that does not exist is told where it stands; its children have no parent to be under until then.
      if (parent !== undefined && !isOption(parent)) return [];
      if (wanted === undefined ? parent === undefined : parent !== undefined && wanted.includes(parent)) return [];
      const belongs = wanted === undefined ? 'at the top' : `beneath ${wanted.join(', ')}`;
      return [
        {
          setting: setting.name,
          message: `${intune.definition} stands ${parent === undefined ? 'at the top' : `beneath ${parent}`}; it belongs ${belongs}`,
          effect: 'the portal offers it nowhere else, and whether the service delivers it from here is not documented',
          hint: hintFor({ definition: intune.definition.toLowerCase(), parent, wanted, ids, directory }),
          place: setting.namePlace,
        },
      ];
    });
  },
};

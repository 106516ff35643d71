/**
 * An Intune endpoint security policy for LAPS, as Graph takes it at `deviceManagement/configurationPolicies` (spec 12).
 *
 * Knows: which setting stands under which option of which other one, and the template's ids (spec 12.2, 12.3). Promises:
 * a child whose parent option is not chosen is refused, since Intune has no place for it. Must never: choose a parent
 * that was not given.
 */
import { isSettingName, type SettingName, type SettingValue } from '../../settings.ts';
import { catalogPrefix } from '../uri.ts';
import type { WriteItem, WriteJob } from './job.ts';
import { refuseDeletions } from './native.ts';

interface Definition {
  /** Without {@link catalogPrefix}. */
  readonly id: string;
  readonly kind: 'choice' | 'integer' | 'string';
  readonly parent?: { readonly setting: SettingName; readonly values: readonly SettingValue[] };
  /** Smallest number that Intune takes, where it is another than the setting's own. */
  readonly minimum?: number;
  /** settingInstanceTemplateId and settingValueTemplateId. */
  readonly template?: readonly [string, string];
}

const toAd = { setting: 'BackupDirectory', values: [2] } as const;
const managed = { setting: 'AutomaticAccountManagementEnabled', values: [1] } as const;

const definitions: Readonly<Record<Exclude<SettingName, 'PasswordAgeDays' | 'ADBackupDSRMPassword'>, Definition>> = {
  BackupDirectory: {
    id: 'backupdirectory',
    kind: 'choice',
    template: ['a3270f64-e493-499d-8900-90290f61ed8a', '4d90f03d-e14c-43c4-86da-681da96a2f92'],
  },
  AdministratorAccountName: {
    id: 'administratoraccountname',
    kind: 'string',
    template: ['d3d7d492-0019-4f56-96f8-1967f7deabeb', '992c7fce-f9e4-46ab-ac11-e167398859ea'],
  },
  PasswordComplexity: {
    id: 'passwordcomplexity',
    kind: 'choice',
    template: ['8a7459e8-1d1c-458a-8906-7b27d216de52', 'aa883ab5-625e-4e3b-b830-a37a4bb8ce01'],
  },
  PassphraseLength: {
    id: 'passphraselength',
    kind: 'integer',
    parent: { setting: 'PasswordComplexity', values: [6, 7, 8] },
  },
  PasswordLength: {
    id: 'passwordlength',
    kind: 'integer',
    template: ['da7a1dbd-caf7-4341-ab63-ece6f994ff02', 'd08f1266-5345-4f53-8ae1-4c20e6cb5ec9'],
  },
  PostAuthenticationActions: {
    id: 'postauthenticationactions',
    kind: 'choice',
    template: ['d9282eb1-d187-42ae-b366-7081f32dcfff', '68ff4f78-baa8-4b32-bf3d-5ad5566d8142'],
  },
  PostAuthenticationResetDelay: {
    id: 'postauthenticationresetdelay',
    kind: 'integer',
    template: ['a9e21166-4055-4042-9372-efaf3ef41868', '0deb6aee-8dac-40c4-a9dd-c3718e5c1d52'],
  },
  PasswordExpirationProtectionEnabled: { id: 'passwordexpirationprotectionenabled', kind: 'choice', parent: toAd },
  ADPasswordEncryptionEnabled: { id: 'adpasswordencryptionenabled', kind: 'choice', parent: toAd },
  ADPasswordEncryptionPrincipal: { id: 'adpasswordencryptionprincipal', kind: 'string', parent: toAd },
  ADEncryptedPasswordHistorySize: { id: 'adencryptedpasswordhistorysize', kind: 'integer', parent: toAd },
  AutomaticAccountManagementEnabled: {
    id: 'automaticaccountmanagementenabled',
    kind: 'choice',
    template: ['0d70f6fb-8f35-4fba-8ada-494b8a478703', '5db30960-1e02-4100-9e2c-a2212596b054'],
  },
  AutomaticAccountManagementTarget: { id: 'automaticaccountmanagementtarget', kind: 'choice', parent: managed },
  AutomaticAccountManagementNameOrPrefix: {
    id: 'automaticaccountmanagementnameorprefix',
    kind: 'string',
    parent: managed,
  },
  AutomaticAccountManagementEnableAccount: {
    id: 'automaticaccountmanagementenableaccount',
    kind: 'choice',
    parent: managed,
  },
  AutomaticAccountManagementRandomizeName: {
    id: 'automaticaccountmanagementrandomizename',
    kind: 'choice',
    parent: managed,
  },
};

/** PasswordAgeDays is two definitions for one node, each under its directory (spec 12.2). */
const ages: ReadonlyMap<SettingValue | undefined, Definition> = new Map([
  [1, { id: 'passwordagedays_aad', kind: 'integer', parent: { setting: 'BackupDirectory', values: [1] }, minimum: 7 }],
  [2, { id: 'passwordagedays', kind: 'integer', parent: toAd }],
]);

type Values = ReadonlyMap<string, SettingValue>;

function definitionOf(name: string, values: Values): Definition | undefined {
  if (name === 'PasswordAgeDays') return ages.get(values.get('BackupDirectory'));
  const setting = isSettingName(name) ? name : undefined;
  if (setting === undefined || setting === 'PasswordAgeDays' || setting === 'ADBackupDSRMPassword') return undefined;
  return definitions[setting];
}

/** Why Intune has no place for a setting; undefined when it has. */
function objection(
  { name, row, value }: WriteItem,
  definition: Definition | undefined,
  values: Values,
): string | undefined {
  if (definition === undefined)
    return name === 'PasswordAgeDays'
      ? 'Intune offers it only under BackupDirectory 1 or 2'
      : 'Intune offers no such setting';
  const { parent } = definition;
  if (parent !== undefined) {
    const chosen = values.get(parent.setting);
    if (chosen === undefined || !parent.values.includes(chosen))
      return `Intune offers it only under ${parent.setting} ${parent.values.join(', ')}`;
  }
  if (row.type === 'integer' && typeof value === 'number') {
    const smallest = definition.minimum ?? row.minimum;
    const listed = row.values?.some((each) => each.value === value) ?? true;
    if (!listed || value < (smallest ?? value) || value > (row.maximum ?? value))
      return row.values === undefined
        ? `Intune takes ${smallest} to ${row.maximum}, not ${value}`
        : `Intune has no option ${value}`;
  }
  return undefined;
}

const graph = (name: string): string => `#microsoft.graph.deviceManagementConfiguration${name}`;

function instanceOf(item: WriteItem, definition: Definition, children: readonly object[]): object {
  const { row, value } = item;
  const id = `${catalogPrefix}${definition.id}`;
  const [instanceTemplate, valueTemplate] = definition.template ?? [];
  const head = {
    settingDefinitionId: id,
    ...(instanceTemplate !== undefined && {
      settingInstanceTemplateReference: { settingInstanceTemplateId: instanceTemplate },
    }),
  };
  const reference = valueTemplate !== undefined && {
    settingValueTemplateReference: { settingValueTemplateId: valueTemplate },
  };
  if (definition.kind === 'choice') {
    const option = row.type === 'boolean' ? (value === 1 ? 'true' : 'false') : String(value);
    return {
      '@odata.type': graph('ChoiceSettingInstance'),
      ...head,
      choiceSettingValue: { value: `${id}_${option}`, ...reference, children },
    };
  }
  const type = graph(definition.kind === 'integer' ? 'IntegerSettingValue' : 'StringSettingValue');
  return {
    '@odata.type': graph('SimpleSettingInstance'),
    ...head,
    simpleSettingValue: { '@odata.type': type, value, ...reference },
  };
}

/** The text of an endpoint security policy. */
export function writeIntune(job: WriteJob): string {
  refuseDeletions(job);
  const values: Values = new Map(job.items.map(({ name, value }) => [name, value]));
  const placed: Array<{ readonly item: WriteItem; readonly definition: Definition }> = [];
  for (const item of job.items) {
    const definition = definitionOf(item.name, values);
    const why = objection(item, definition, values);
    if (definition !== undefined && why === undefined) placed.push({ item, definition });
    else job.refuse(item.name, why ?? 'Intune offers no such setting');
  }
  // A parent that was refused takes its children with it.
  const has = (name: string): boolean => placed.some(({ item }) => item.name === name);
  const kept = placed.filter(({ item, definition }) => {
    const homeless = definition.parent !== undefined && !has(definition.parent.setting);
    if (homeless)
      job.refuse(item.name, `Intune offers it only under ${definition.parent?.setting ?? ''}, which it does not take`);
    return !homeless;
  });
  const childrenOf = (name: string): object[] =>
    kept
      .filter(({ definition }) => definition.parent?.setting === name)
      .map(({ item, definition }) => instanceOf(item, definition, childrenOf(item.name)));
  const settings = kept
    .filter(({ definition }) => definition.parent === undefined)
    .map(({ item, definition }, index) => ({
      '@odata.type': graph('Setting'),
      id: String(index),
      settingInstance: instanceOf(item, definition, childrenOf(item.name)),
    }));
  const policy = {
    name: job.title,
    description: '',
    platforms: 'windows10',
    technologies: 'mdm',
    roleScopeTagIds: ['0'],
    templateReference: {
      templateId: 'adc46e5a-f4aa-4ff6-aeff-4f27bc525796_1',
      templateFamily: 'endpointSecurityAccountProtection',
    },
    settings,
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

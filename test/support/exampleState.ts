/** What a device remembers after a rotation, with every member set. */
import type { DeviceState } from '../../agent/core/ports.ts';

export const exampleState: DeviceState = {
  PolicySource: 1,
  LastPasswordUpdateTime: 1_795_420_000_123,
  AzurePasswordExpiryTime: 1_798_012_000_123,
  LastAccountRidUpdated: 500,
  accountSid: 'S-1-5-21-1-2-3-500',
  accountName: 'Administrator',
  passwordAgeDays: 30,
  identity: {
    tenantId: '6babcaad-604b-40ac-a9d7-9fd97c0b779f',
    deviceId: 'b465e4e8-e4e8-b465-e8e4-65b4e8e465b4',
    machineId: 'machine-1',
  },
  mark: 'a'.repeat(64),
  rotationId: '3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21',
};

import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, type Admin } from 'kafkajs';
import { ResourcePatternTypes } from 'kafkajs';

export type KafkaOperation =
  'create' | 'read' | 'write' | 'describe' | 'alter' | 'configs' | 'configure';

/** What a user may do with a topic, a group or a transactional id; a name that ends in `*` is a prefix. */
export interface KafkaRight {
  readonly user: string;
  readonly on: 'topic' | 'group' | 'transaction';
  readonly name: string;
  readonly operations: readonly KafkaOperation[];
}

const operations: Record<KafkaOperation, AclOperationTypes> = {
  create: AclOperationTypes.CREATE,
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
  alter: AclOperationTypes.ALTER,
  configs: AclOperationTypes.DESCRIBE_CONFIGS,
  configure: AclOperationTypes.ALTER_CONFIGS,
};

const resources: Record<KafkaRight['on'], AclResourceTypes> = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transaction: AclResourceTypes.TRANSACTIONAL_ID,
};

/** Adds an ACL for each operation; those that are there already stay. */
export async function createAcls(admin: Admin, rights: readonly KafkaRight[]): Promise<void> {
  await admin.createAcls({
    acl: rights.flatMap(({ user, on, name, operations: wanted }) =>
      wanted.map((operation) => ({
        resourceType: resources[on],
        resourceName: name.replace(/\*$/, ''),
        resourcePatternType: name.endsWith('*')
          ? ResourcePatternTypes.PREFIXED
          : ResourcePatternTypes.LITERAL,
        operation: operations[operation],
        principal: `User:${user}`,
        host: '*',
        permissionType: AclPermissionTypes.ALLOW,
      })),
    ),
  });
}

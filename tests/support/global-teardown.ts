import { rmSync } from 'node:fs';
import { removeSharedStack } from './shared-stack';

module.exports = async (): Promise<void> => {
  await removeSharedStack();
  rmSync(process.env.SHARED_STACK_FOLDER ?? '', { recursive: true, force: true });
};

import { setTimeout as sleep } from 'node:timers/promises';

/** As long as a call of another service may take. */
export const handler = () => sleep(50);

import { describe, expect, it } from 'vitest';
import { withBareOptions } from '../../src/cli/bare-options.js';

describe('an option whose value may be left out', () => {
  it.each([
    { given: ['run', '--until-idle', '.'], read: ['run', '--until-idle=2', '.'] },
    { given: ['run', '--until-idle'], read: ['run', '--until-idle=2'] },
    { given: ['run', '--until-idle=5'], read: ['run', '--until-idle=5'] },
    { given: ['run', '--until-idle', '0.5', 'app'], read: ['run', '--until-idle=0.5', 'app'] },
    { given: ['run', '--until-idle', '--json'], read: ['run', '--until-idle=2', '--json'] },
    { given: ['dev', '--inspect', 'app'], read: ['dev', '--inspect=', 'app'] },
    { given: ['dev', '--inspect=orders', 'app'], read: ['dev', '--inspect=orders', 'app'] },
    { given: ['dev', 'app'], read: ['dev', 'app'] },
  ])('$given is read as $read', ({ given, read }) => {
    expect(withBareOptions(given)).toEqual(read);
  });
});

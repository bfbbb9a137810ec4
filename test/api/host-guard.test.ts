import { describe, expect, it } from 'vitest';
import { allowedHosts, refusal } from '../../src/api/host-guard.js';

const port = '9400';

describe('a request is answered', () => {
  it.each([
    { host: 'localhost' },
    { host: `localhost:${port}` },
    { host: 'LOCALHOST:1' },
    { host: `127.0.0.1:${port}` },
    { host: `[::1]:${port}` },
    { host: `192.168.1.5:${port}`, because: 'it is the address bound' },
    { host: `devbox:${port}`, because: 'it was allowed' },
    { host: 'Other-Box', because: 'it was allowed, with a port' },
    { host: 'localhost:9400', origin: 'http://localhost:9400', because: 'the page is its own' },
    { host: 'localhost', origin: 'http://localhost' },
    { host: 'localhost', origin: 'https://devbox', because: 'it was allowed' },
    { host: 'localhost', origin: 'http://devbox:3000', because: 'it was allowed on every port' },
  ])('with Host $host and Origin $origin $because', ({ host, origin }) => {
    expect(refusal({ host, origin }, allowed)).toBeUndefined();
  });
});

describe('a request is refused', () => {
  it.each([
    { host: undefined },
    { host: '' },
    { host: 'evil.example' },
    { host: `evil.example:${port}` },
    { host: 'localhost.evil.example' },
    { host: 'evil.example/localhost' },
    { host: '127.0.0.2' },
    { host: 'localhost', origin: 'https://evil.example' },
    { host: 'localhost:9400', origin: 'http://localhost:3000', because: 'another port may be anybody' },
    { host: 'localhost:9400', origin: 'http://127.0.0.1:9400', because: 'it is not the name that is called' },
    { host: 'localhost:9400', origin: 'https://localhost:9400' },
    { host: 'localhost', origin: 'null', because: 'any sandboxed page has it' },
    { host: 'localhost', origin: '' },
    { host: 'localhost', origin: 'file://' },
    { host: 'localhost', origin: 'http://localhost.evil.example' },
    { host: 'localhost', origin: 'chrome-extension://abcdef' },
  ])('with Host $host and Origin $origin $because', ({ host, origin }) => {
    expect(refusal({ host, origin }, allowed)).toMatch(/--allow-host/);
  });

  it.each([
    [
      { host: 'evil.example:1', origin: undefined },
      'the Host header "evil.example:1" is not one this port answers to. If it is yours, start with --allow-host evil.example',
    ],
    [
      { host: 'localhost', origin: 'http://app.test:3000' },
      'requests from pages of "http://app.test:3000" are not allowed. If it is yours, start with --allow-host app.test',
    ],
  ])('with a reason that says what to do', (request, reason) => {
    expect(refusal(request, allowed)).toBe(reason);
  });
});

it('an IPv6 address that is bound may be called', () => {
  expect(refusal({ host: '[fe80::1]:9400', origin: undefined }, allowedHosts('fe80::1', []))).toBeUndefined();
});

const allowed = allowedHosts('192.168.1.5', ['devbox', 'other-box:8080']);

import { expect, test } from '@jest/globals';
import { describeForeignServers } from '../../test/support/foreign-servers/behaviours.js';
import { SEEN } from '../../test/support/foreign-servers/seen.js';
import { authlib } from './authlib.server.js';
import { versionOf } from './debian.js';
import { django } from './django.server.js';
import { glewlwyd } from './glewlwyd.server.js';

/** These servers have the clock of the machine. */
const pass = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000));

describeForeignServers([
  { ...glewlwyd, seen: SEEN.glewlwyd, pass },
  { ...django, seen: SEEN.django, pass },
  { ...authlib, seen: SEEN.authlib, pass },
]);

test('the servers are of the versions that the documentation names', () => {
  expect([
    `glewlwyd ${versionOf('glewlwyd')}`,
    `django-oauth-toolkit ${versionOf('python3-django-oauth-toolkit')}`,
    `Authlib ${versionOf('python3-authlib')}`,
  ]).toEqual([SEEN.glewlwyd.server, SEEN.django.server, SEEN.authlib.server]);
});

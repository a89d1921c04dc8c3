import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTokenResponse } from '../../src/token/endpoint/token-response.js';
import { replayable } from '../support/replay.js';
import { WALL } from './banks-under-fuzz.js';
import { isMeant, problemsOf } from './reading.oracle.js';
import { anyAnswers, knownAnswers } from './token-response.arbitrary.js';

test('a well-formed token response is read as such, and its token never lives longer than stated', () => {
  fc.assert(
    fc.property(knownAnswers, (answer) => {
      const { bank, grant, ...response } = answer;
      const reading = readTokenResponse(bank, response, WALL);
      expect(problemsOf(reading, answer)).toEqual([]);
      expect(reading.grant?.value).toBe(grant?.value);
      if (grant !== undefined && !isMeant(reading.grant?.lifetime ?? 0, grant.lifetime, answer))
        expect(reading.grant?.lifetime).toBe(grant.lifetime);
    }),
    replayable('FUZZ', 3_000),
  );
}, 120_000);

test('an arbitrary token response is a usable token or a failure that shows nothing of it', () => {
  fc.assert(
    fc.property(anyAnswers, (answer) => {
      const reading = readTokenResponse(answer.bank, answer, WALL);
      const problems = problemsOf(reading, answer);
      if (problems.length > 0) expect(problems).toEqual([]);
    }),
    replayable('FUZZ', 6_000),
  );
}, 120_000);

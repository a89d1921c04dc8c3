import { checkGroup } from './check.rows.js';
import { devtoolsGroup } from './devtools.rows.js';
import { engineGroups } from './engine.rows.js';
import { httpGroups } from './http.rows.js';
import type { MessageGroup } from './messages.types.js';
import {
  credentialsGroup,
  filterGroup,
  messageGroup,
  redisGroups,
  telemetryGroup,
  testingGroup,
} from './outside.rows.js';
import { simulateGroups } from './simulate.rows.js';
import { startGroups } from './start.rows.js';
import { tokenGroups, tokenPlaces } from './token.rows.js';

/** Everything that the library says, by what it is about. */
export const MESSAGES: readonly MessageGroup[] = [
  ...tokenGroups,
  credentialsGroup,
  ...httpGroups,
  ...engineGroups,
  filterGroup,
  messageGroup,
  ...startGroups,
  ...redisGroups,
  telemetryGroup,
  devtoolsGroup,
  testingGroup,
  ...simulateGroups,
  checkGroup,
  tokenPlaces,
];

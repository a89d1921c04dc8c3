import * as http from '../../src/http/http.messages.js';
import * as undici from '../../src/undici/undici.messages.js';
import type { MessageGroup } from './messages.types.js';

const UNKNOWN = '**perhaps: ask the bank before you send it again**';

export const engineGroups: readonly MessageGroup[] = [
  {
    heading: 'Options of undiciEngine()',
    introduction: '',
    common: {
      level: 'thrown where it is called',
      fault: 'ours: the configuration',
      todo: 'correct the option',
      money: 'no, since nothing runs yet',
    },
    rows: [
      { says: undici.oddConnections, means: 'a number that it cannot have' },
      { says: undici.oddKeepAlive, means: 'a number that it cannot have, perhaps of seconds' },
      { says: undici.ODD_DISPATCHER, means: 'something else, perhaps the class' },
      { says: undici.BESIDE_DISPATCHER, means: 'a dispatcher has connections of its own' },
      { says: undici.unknownOption('"keepAliveTime"', 'keepAliveTimeout'), means: 'misspelt' },
      { says: undici.NO_OPTIONS, means: 'null, or a string' },
    ],
  },
  {
    heading: 'Calls by an engine, where axios words it or Node does',
    introduction: '',
    common: { level: 'thrown, as a message or a cause' },
    rows: [
      {
        says: undici.HANG_UP,
        means: 'the connection ended before an answer began',
        fault: 'the bank, or the network',
        todo: 'ask the bank what became of it',
        money: UNKNOWN,
      },
      {
        says: undici.parseError('Expected HTTP/, RTSP/ or ICE/'),
        means: 'what answers speaks no HTTP',
        fault: 'the bank, or what stands before it',
        todo: 'ask the bank what became of it',
        money: UNKNOWN,
      },
      {
        says: undici.parseError(undici.HEADER_OVERFLOW),
        means: 'the headers of an answer are longer than Node allows',
        fault: 'the bank, or what stands before it',
        todo: '`--max-http-header-size`',
        money: UNKNOWN,
      },
      {
        says: http.STREAM_ABORTED,
        means: 'the connection ended in the middle of an answer',
        fault: 'the bank, or the network',
        todo: 'ask the bank what became of it',
        money: UNKNOWN,
      },
      {
        says: undici.WITHDRAWN,
        means: 'the call ended while its connection was being made',
        fault: 'nobody',
        todo: 'see what the call itself ended with',
        money: 'no, since nothing was sent',
      },
      {
        says: undici.REPEATED,
        means: 'undici would have written a request again; it is not sent twice',
        fault: 'the network',
        todo: 'ask the bank what became of it',
        money: UNKNOWN,
      },
    ],
  },
];

import { DefinedTokenExamination } from './defined-token.examination.js';
import type { HttpCall } from './http-call.types.js';
import { Refusal, type TokenAnswer, type TokenEndpointState, TokenExamination } from './token.examination.js';

/** Answers a token request. */
export function answerTokenRequest(call: HttpCall, state: TokenEndpointState): TokenAnswer {
  const { defined } = state.profile;
  const examination = defined
    ? new DefinedTokenExamination(call, state, defined)
    : new TokenExamination(call, state);
  try {
    return examination.answer();
  } catch (error) {
    if (error instanceof Refusal) return { outcome: error.outcome, reply: error.reply };
    throw error;
  }
}

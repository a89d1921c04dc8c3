/**
 * Answers questions of the parent process over its channel, and ends the process when the channel closes.
 * @param answers functions by the name of a question: each takes its parameters and returns the answer
 */
export function answerParent(answers) {
  process.on('message', async ({ id, question, parameters }) => {
    try {
      process.send({ id, answer: (await answers[question](parameters)) ?? null });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.once('disconnect', () => process.exit(0));
}

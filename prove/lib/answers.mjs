/**
 * Answers what is asked over the channel to the parent, and ends the process when that channel does.
 * @param answers by question: what a function of this name gives for the parameters
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

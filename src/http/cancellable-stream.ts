/**
 * The same stream, whose cancellation ends the call at once. The cancellation of axios' fetch adapter waits for the
 * chunk that is being read: while a bank sends nothing, neither the promise nor the connection would end.
 * @param letGo ends the call
 */
export function cancellable(stream: ReadableStream, letGo: () => void): ReadableStream {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        letGo();
        reader.cancel(reason).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

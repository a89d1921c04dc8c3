// Loaded into each replica before anything else: a launcher that is killed must leave nobody behind.
const PATIENCE = 10_000;

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  // A client that goes on asking on its open connection keeps a closing HTTP server alive for as long as it likes.
  setTimeout(() => process.exit(1), PATIENCE).unref();
});
process.channel?.unref();

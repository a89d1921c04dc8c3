// Loaded into each replica before anything else: a killed launcher must leave no process behind.
const PATIENCE = 10_000;

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  // A client that goes on asking on its open connection could keep a closing HTTP server alive for ever.
  setTimeout(() => process.exit(1), PATIENCE).unref();
});
process.channel?.unref();

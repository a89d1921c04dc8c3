// Loaded into each replica before anything else: a launcher that is killed must leave nobody behind.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

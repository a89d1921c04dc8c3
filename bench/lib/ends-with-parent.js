// Imported by each program that a run starts: it ends with the run.
process.on('disconnect', () => process.exit(1));

// Imported by each program that a run starts: whatever ends the run ends it.
process.on('disconnect', () => process.exit(1));

const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Makes sure that a child process does not outlive this one. */
export function endedWithUs(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

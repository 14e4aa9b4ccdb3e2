/** Where programs keep their task file, seen from the folder of the project; the first that exists counts. */
export const usualPlaces: readonly string[] = [
  'tasks.json',
  '.plan/tasks.json',
  '.plan/tasks/index.json',
  '.taskmaster/tasks/tasks.json',
];

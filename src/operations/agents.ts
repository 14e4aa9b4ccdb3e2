/** The agents that work beside us, by the names that the board knows them under. */
export const agents = {
  coder: 'Task-Coder',
  tester: 'Tester',
  reviewer: 'Code-Reviewer',
  productManager: 'Product-Manager',
} as const;

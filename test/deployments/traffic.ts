/** Traffic as a target counts it, with the same answer time everywhere above the median. */
export const traffic = (requests: number, errors = 0, p95Ms = 10) => ({
  requests,
  errors,
  p50Ms: 5,
  p95Ms,
  p99Ms: p95Ms,
});

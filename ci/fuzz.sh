#!/bin/sh
# fuzz.sh [SECONDS [READER...]]: let libFuzzer (clang) look for input that crashes a reader, hangs it
# or makes it leak, SECONDS for each, 600 unless told. Starts from fixtures/fuzz/READER; what it
# finds lies in build/fuzz/found/READER: make it small (-minimize_crash=1), put it into
# fixtures/fuzz/READER, and `make test` replays it for ever.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- rubric schedule sanitizer_log trace archive
build=build/fuzz
command -v clang++ >/dev/null || {
  echo "fuzz: clang++ is missing: apt install clang (make test replays what was found without it)" >&2
  exit 1
}
flags="-O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -Wno-error"
[ -f $build/build.ninja ] || cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_FLAGS_RELEASE="$flags" \
  -DGRADER_FUZZERS=ON -DGRADER_BENCHMARKS=OFF >/dev/null
for reader in "$@"; do ninja -C $build --quiet "fuzz_$reader"; done
for reader in "$@"; do
  mkdir -p $build/corpus/"$reader" $build/found/"$reader"
  $build/bin/fuzz_"$reader" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix=$build/found/"$reader"/ \
    $build/corpus/"$reader" fixtures/fuzz/"$reader"
done

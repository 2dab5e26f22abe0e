#!/usr/bin/env bash
# Start two replicas and nginx on this machine: http://localhost:8080. Ctrl-C ends all.
# Needs nginx (Debian: apt-get install nginx-light) and the page's packages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."

folder=$(mktemp -d -p /dev/shm)  # for nginx's own files: in memory
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

cp "$here"/*.conf /etc/nginx/mime.types "$folder"
for port in 8501 8502; do
    # Each replica has its own decoding processes; two cores are shared by both.
    PNEUMONIA_DECODERS="${PNEUMONIA_DECODERS:-1}" python -m streamlit run streamlit_app.py \
        --server.port="$port" --server.headless=true &
    echo "$!" >"$folder/$port.pid"
done
nginx -p "$folder" -c "$folder/nginx.conf" -e stderr \
    -g "daemon off; pid $folder/nginx.pid;" &
echo "Replicas: $(cat "$folder/8501.pid") $(cat "$folder/8502.pid")"
wait  # for all: one replica that ends does not end the others

#!/usr/bin/env bash
# Sourced by findings. Starts RabbitMQ 3.10.8 of Debian 12 in the folder $work on port $port of the loopback interface, with
# amqplib 2.3.1 beside it, and ends it with the shell. Installs the broker's package where it is missing.
rabbitmq_version=3.10.8
port=${PORT:-25690}
work=$(mktemp -d)

end_rabbitmq() {
  [ -f "$work/rabbit.pid" ] && kill "$(cat "$work/rabbit.pid")" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$work"
}
trap end_rabbitmq EXIT

dpkg -s rabbitmq-server >/dev/null 2>&1 ||
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends rabbitmq-server; } >/dev/null 2>&1
dpkg -s rabbitmq-server | grep -q "^Version: $rabbitmq_version" ||
  { echo "needs rabbitmq-server $rabbitmq_version of Debian 12"; exit 2; }

cd "$work" || exit 2
npm init -y >/dev/null
npm install --silent --no-audit --no-fund amqplib@2.3.1 >/dev/null 2>&1 || { echo "amqplib could not be installed"; exit 2; }
printf 'listeners.tcp.1 = 127.0.0.1:%s\nlog.console = true\nlog.console.level = error\nlog.file = false\n' "$port" >rabbitmq.conf
echo '[].' >enabled_plugins
HOME=$work RABBITMQ_NODENAME=finding@localhost RABBITMQ_CONFIG_FILE=$work/rabbitmq.conf RABBITMQ_MNESIA_BASE=$work/data \
  RABBITMQ_LOG_BASE=$work/log RABBITMQ_ENABLED_PLUGINS_FILE=$work/enabled_plugins RABBITMQ_PID_FILE=$work/rabbit.pid \
  RABBITMQ_DIST_PORT=$((port + 1)) ERL_EPMD_PORT=$((port + 2)) ERL_EPMD_ADDRESS=127.0.0.1 \
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
  /usr/lib/rabbitmq/bin/rabbitmq-server >"$work/broker.txt" 2>&1 &
for _ in $(seq 60); do
  (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.5
done
export AMQP_URL="amqp://guest:guest@127.0.0.1:$port"

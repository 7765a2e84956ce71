/** Entrypoints of honest images: the shapes that databases, caches and web servers commonly have, written for these tests. */
import type { ImageConfig } from '../../src/core/image.ts';

export interface HonestImage {
  readonly config: Partial<ImageConfig>;
  readonly files: Readonly<Record<string, string>>;
}

const postgres = `#!/usr/bin/env bash
set -Eeo pipefail

# Reads a secret from the variable NAME, or from the file that NAME_FILE names.
value_or_file() {
	local name="$1" byFile="\${1}_FILE" fallback="\${2:-}" found
	if [ "\${!name:-}" ] && [ "\${!byFile:-}" ]; then
		printf >&2 'both %s and %s are set\\n' "$name" "$byFile"
		exit 1
	fi
	found="$fallback"
	if [ "\${!name:-}" ]; then
		found="\${!name}"
	elif [ "\${!byFile:-}" ]; then
		found="$(< "\${!byFile}")"
	fi
	export "$name"="$found"
	unset "$byFile"
}

prepare_folders() {
	local me; me="$(id -u)"
	mkdir -p "$PGDATA" /var/run/postgresql || :
	chmod 00700 "$PGDATA" || :
	chmod 03775 /var/run/postgresql || :
	if [ "$me" = '0' ]; then
		find "$PGDATA" \\! -user postgres -exec chown postgres '{}' +
	fi
}

create_cluster() {
	local me; me="$(id -u)"
	if ! getent passwd "$me" &> /dev/null; then
		local wrapper
		for wrapper in {/usr,}/lib{/*,}/libnss_wrapper.so; do
			if [ -s "$wrapper" ]; then
				NSS_WRAPPER_PASSWD="$(mktemp)"
				export LD_PRELOAD="$wrapper" NSS_WRAPPER_PASSWD
				printf 'postgres:x:%s:0:PostgreSQL:%s:/bin/false\\n' "$me" "$PGDATA" > "$NSS_WRAPPER_PASSWD"
				break
			fi
		done
	fi
	eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"' "$@"'
	if [[ "\${LD_PRELOAD:-}" == */libnss_wrapper.so ]]; then
		rm -f "$NSS_WRAPPER_PASSWD"
		unset LD_PRELOAD NSS_WRAPPER_PASSWD
	fi
}

run_scripts() {
	local f
	for f; do
		case "$f" in
			*.sh)
				if [ -x "$f" ]; then
					printf '%s: running %s\\n' "$0" "$f"
					"$f"
				else
					. "$f"
				fi
				;;
			*.sql) process_sql -f "$f" ;;
			*.sql.gz) gunzip -c "$f" | process_sql ;;
			*.sql.xz) xzcat "$f" | process_sql ;;
			*) printf 'ignoring %s\\n' "$f" ;;
		esac
	done
}

process_sql() {
	local runner=( psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc )
	if [ -n "$POSTGRES_DB" ]; then
		runner+=( --dbname "$POSTGRES_DB" )
	fi
	PGHOST= PGHOSTADDR= "\${runner[@]}" "$@"
}

_main() {
	if [ "\${1:0:1}" = '-' ]; then
		set -- postgres "$@"
	fi
	if [ "$1" = 'postgres' ]; then
		value_or_file POSTGRES_PASSWORD
		value_or_file POSTGRES_USER postgres
		value_or_file POSTGRES_DB "$POSTGRES_USER"
		prepare_folders
		if [ "$(id -u)" = '0' ]; then
			exec gosu postgres "$BASH_SOURCE" "$@"
		fi
		if [ ! -s "$PGDATA/PG_VERSION" ]; then
			ls /docker-entrypoint-initdb.d/ > /dev/null
			create_cluster
			{
				printf '\\n'
				printf 'host all all all %s\\n' "\${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
			} >> "$PGDATA/pg_hba.conf"
			PGUSER="\${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
			run_scripts /docker-entrypoint-initdb.d/*
			PGUSER="\${PGUSER:-postgres}" pg_ctl -D "$PGDATA" -m fast -w stop
		fi
	fi
	exec "$@"
}

if ! [ "\${#FUNCNAME[@]}" -ge 2 ]; then
	_main "$@"
fi
`;

const mysql = `#!/bin/bash
set -eo pipefail
shopt -s nullglob

note() { printf '%s [%s] [Entrypoint]: %s\\n' "$(date --rfc-3339=seconds)" "$1" "$2"; }
fail() { note ERROR "$*" >&2; exit 1; }

config_value() {
	local key="$1"; shift
	"$@" --verbose --help --log-bin-index="$(mktemp -u)" 2>/dev/null | awk -v key="$key" '$1 == key { print $2; exit }'
}

start_for_setup() {
	"$@" --skip-networking --socket="$SOCKET" &
	SERVER=$!
	local i
	for i in {30..0}; do
		if mysqladmin ping --socket="$SOCKET" &> /dev/null; then break; fi
		sleep 1
	done
	if [ "$i" = 0 ]; then fail 'the server did not start'; fi
}

stop_after_setup() {
	kill "$SERVER"
	wait "$SERVER"
}

client() {
	mysql --defaults-extra-file=<(printf '[client]\\npassword="%s"\\n' "$MYSQL_ROOT_PASSWORD") --protocol=socket -uroot --socket="$SOCKET" "$@"
}

if [ "\${1#-}" != "$1" ]; then
	set -- mysqld "$@"
fi

if [ "$1" = 'mysqld' ]; then
	DATADIR="$(config_value datadir "$@")"
	SOCKET="$(config_value socket "$@")"
	mkdir -p "$DATADIR"
	if [ "$(id -u)" = "0" ]; then
		find "$DATADIR" \\! -user mysql -exec chown mysql '{}' +
		exec gosu mysql "$0" "$@"
	fi
	if [ ! -d "$DATADIR/mysql" ]; then
		if [ -n "$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
			MYSQL_ROOT_PASSWORD="$(openssl rand -base64 24)"
			export MYSQL_ROOT_PASSWORD
			note Note "GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
		fi
		"$@" --initialize-insecure --default-time-zone=SYSTEM
		start_for_setup "$@"
		mysql_tzinfo_to_sql /usr/share/zoneinfo | sed 's/Local time zone must be set--see zic manual page/FCTY/' | client mysql
		client <<-SQL
			SET @@SESSION.SQL_LOG_BIN=0;
			ALTER USER 'root'@'localhost' IDENTIFIED BY '\${MYSQL_ROOT_PASSWORD}';
			FLUSH PRIVILEGES;
		SQL
		for f in /docker-entrypoint-initdb.d/*; do
			case "$f" in
				*.sh) . "$f" ;;
				*.sql) client < "$f" ;;
				*.sql.bz2) bunzip2 -c "$f" | client ;;
			esac
		done
		stop_after_setup
	fi
fi
exec "$@"
`;

const redis = `#!/bin/sh
set -e

# A lone option, or a file of settings, is meant for the server.
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
	set -- redis-server "$@"
fi

if [ "$1" = 'redis-server' -a "$(id -u)" = '0' ]; then
	find . \\! -user redis -exec chown redis '{}' +
	exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi

mask="$(umask)"
if [ "$mask" = '0022' ]; then
	umask 0077
fi

exec "$@"
`;

const nginx = `#!/bin/sh
# vim:sw=4:ts=4:et
set -e

entrypoint_log() {
    if [ -z "\${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ]; then
        echo "$@"
    fi
}

if [ "$1" = "nginx" ] || [ "$1" = "nginx-debug" ]; then
    if /usr/bin/find "/docker-entrypoint.d/" -mindepth 1 -maxdepth 1 -type f -print -quit 2>/dev/null | read v; then
        find "/docker-entrypoint.d/" -follow -type f -print | sort -V | while read -r f; do
            case "$f" in
                *.envsh) . "$f" ;;
                *.sh)
                    if [ -x "$f" ]; then
                        "$f"
                    else
                        entrypoint_log "$0: Ignoring $f, not executable";
                    fi
                    ;;
                *) entrypoint_log "$0: Ignoring $f" ;;
            esac
        done
    fi
fi
exec "$@"
`;

const templates = `#!/bin/sh
set -e
folder="\${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}"
output="\${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}"
defined=$(printf '\${%s} ' $(awk "END { for (name in ENVIRON) { print name } }" < /dev/null))
find "$folder" -follow -type f -name "*.template" -print | while read -r template; do
    relative="\${template#"$folder/"}"
    target="$output/\${relative%".template"}"
    mkdir -p "$output/$(dirname "$relative")"
    envsubst "$defined" < "$template" > "$target"
done
`;

const application = `#!/bin/bash
set -e
: "\${PORT:=8000}"
if [ -n "$EXTRA_CA" ]; then
  echo "$EXTRA_CA" | base64 -d > /usr/local/share/ca-certificates/extra.crt
  update-ca-certificates
fi
for attempt in $(seq 1 30); do
  if nc -z "$DB_HOST" "\${DB_PORT:-5432}"; then break; fi
  sleep 1
done
until curl -fsS "http://$SEARCH_HOST:9200/_cluster/health" > /dev/null; do sleep 2; done
echo "127.0.0.1 $(hostname)" >> /etc/hosts
eval "$(fixuid -q)"
python manage.py migrate --noinput
trap 'kill -TERM $child' TERM
gunicorn app.wsgi --bind "0.0.0.0:$PORT" --workers "\${WORKERS:-$(nproc)}" &
child=$!
wait "$child"
`;

const dockerInDocker = `#!/bin/sh
set -eu
if [ "$#" -eq 0 ] || [ "\${1#-}" != "$1" ]; then
	set -- dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2376 --tlsverify "$@"
fi
if [ "$1" = 'dockerd' ]; then
	find /run /var/run -iname 'docker*.pid' -delete || :
	if [ -d /sys/kernel/security ] && ! mountpoint -q /sys/kernel/security; then
		mount -t securityfs none /sys/kernel/security || echo >&2 'could not mount it'
	fi
	if ! iptables -nL > /dev/null 2>&1; then
		modprobe ip_tables || :
	fi
	set -- docker-init -- "$@"
fi
exec "$@"
`;

const sshServer = `#!/bin/sh
ssh-keygen -A
mkdir -p /home/app/.ssh
echo "$AUTHORIZED_KEY" > /home/app/.ssh/authorized_keys
chmod 600 /home/app/.ssh/authorized_keys
exec /usr/sbin/sshd -D -e
`;

/** By name, each with what its start must not be taken for. */
export const honestImages: Readonly<Record<string, HonestImage>> = {
  postgres: {
    config: {
      entrypoint: ['docker-entrypoint.sh'],
      command: ['postgres'],
      environment: ['PATH=/usr/local/bin:/usr/bin:/bin', 'PGDATA=/var/lib/postgresql/data'],
    },
    files: { '/usr/local/bin/docker-entrypoint.sh': postgres },
  },
  mysql: {
    config: { entrypoint: ['docker-entrypoint.sh'], command: ['mysqld'] },
    files: { '/usr/local/bin/docker-entrypoint.sh': mysql },
  },
  redis: {
    config: { entrypoint: ['docker-entrypoint.sh'], command: ['redis-server'], workingDirectory: '/data' },
    files: { '/usr/local/bin/docker-entrypoint.sh': redis },
  },
  nginx: {
    config: { entrypoint: ['/docker-entrypoint.sh'], command: ['nginx', '-g', 'daemon off;'] },
    files: { '/docker-entrypoint.sh': nginx, '/docker-entrypoint.d/20-templates.sh': templates },
  },
  application: {
    config: {
      entrypoint: ['tini', '--', '/entrypoint.sh'],
      healthcheck: ['CMD-SHELL', 'curl -fsS http://localhost:8000/health || exit 1'],
    },
    files: { '/entrypoint.sh': application },
  },
  'docker-in-docker': {
    config: { entrypoint: ['dockerd-entrypoint.sh'] },
    files: { '/usr/local/bin/dockerd-entrypoint.sh': dockerInDocker },
  },
  'ssh server': { config: { command: ['/start.sh'] }, files: { '/start.sh': sshServer } },
  's6 services': {
    config: { entrypoint: ['/init'] },
    files: {
      '/etc/cont-init.d/10-user': '#!/usr/bin/with-contenv bash\nusermod -u "$PUID" app\nchown -R app /config\n',
      '/etc/services.d/web/run': '#!/usr/bin/with-contenv bash\nexec s6-setuidgid app /app/bin/web --config=/config\n',
    },
  },
  supervisor: {
    config: { command: ['supervisord', '-n', '-c', '/etc/sup.conf'] },
    files: {
      '/etc/sup.conf':
        '[supervisord]\nnodaemon=true\n[program:web]\ncommand = /usr/sbin/nginx -g "daemon off;"\n[program:app]\ncommand=python3 /srv/app.py\n',
    },
  },
  'a scheduled job': {
    config: { command: ['cron', '-f'] },
    files: { '/etc/cron.d/backup': 'SHELL=/bin/sh\n17 3 * * * root pg_dump -h db app | gzip > /backup/app.sql.gz\n' },
  },
};

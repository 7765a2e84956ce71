/** Names of public images of well-known projects, as they were pulled in 2026: none may be more than a remark. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { lookalike } from '../analyzers/lookalike.ts';

const names = `
adguard/adguardhome airensoft/ovenmediaengine akhq/akhq alfg/nginx-rtmp alpine/git alpine/helm alpine/socat
amir20/dozzle ankane/pgvector apache/airflow apache/flink apache/kafka apache/solr apache/spark apache/superset
appsmith/appsmith-ce aquasec/trivy archivebox/archivebox arm64v8/nginx atmoz/sftp authelia/authelia b4bz/homer
baserow/baserow bbernhard/signal-cli-rest-api bitnami/kubectl bitnami/spark browserless/chrome budibase/budibase
calcom/cal.com certbot/certbot chainguard/nginx chentex/random-logger chrislusf/seaweedfs clamav/clamav
cloudflare/cloudflared clux/muslrust cockroachdb/cockroach coder/coder codercom/code-server collabora/code
confluentinc/cp-kafka container-registry.oracle.com/database/express containous/whoami couchbase/server crazymax/diun
crccheck/hello-world curlimages/curl cypress/included databack/mysql-backup dbeaver/cloudbeaver
delfer/alpine-ftp-server diygod/rsshub django/django dockage/phppgadmin docker.io/calico/cni docker.io/istio/proxyv2
docker.io/kubernetesui/dashboard docker/desktop-kubernetes docker/dockerfile dockurr/windows dpage/pgadmin4
dperson/samba drupal/drupal easypi/openresty edoburu/pgbouncer elestio/nginx elgalu/selenium emqx/nanomq
esphome/esphome evennia/evennia factoriotools/factorio fauria/vsftpd flaresolverr/flaresolverr fluent/fluent-bit
foldingathome/fah-gpu fpco/stack-build freeradius/freeradius-server frooodle/s-pdf gcr.io/cadvisor/cadvisor
gcr.io/kaniko-project/executor getmeili/meilisearch ghcr.io/home-operations/sonarr ghcr.io/immich-app/postgres
ghcr.io/kiwigrid/k8s-sidecar ghcr.io/node-red/node-red ghcr.io/open-policy-agent/gatekeeper
ghcr.io/paketo-buildpacks/builder gitlab/gitlab-ce gliderlabs/registrator goacme/lego golangci/golangci-lint
google/cadvisor google/dart gotenberg/gotenberg graphiteapp/graphite-statsd greenbone/openvas guacamole/guacd
hasura/graphql-engine haugene/transmission-openvpn heartexlabs/label-studio helm/chartmuseum hivemq/hivemq4
hwdsl2/ipsec-vpn-server ibmcom/db2 ibmcom/mq icinga/icinga2 influxdb/influxdb instrumentisto/coturn
internetsystemsconsortium/bind9 intersystems/iris itzg/minecraft-server jaegertracing/all-in-one
jc21/nginx-proxy-manager jellyfin/jellyfin jgraph/drawio jitsi/web jlesage/firefox johngong/qbittorrent
jrottenberg/ffmpeg kalilinux/kali-rolling kasmweb/desktop keycloak/keycloak kindest/node koenkk/zigbee2mqtt
kylemanna/openvpn lancachenet/monolithic langgenius/dify-api lavasoftware/lava-server library/nginx linuxserver/nginx
locustio/locust louislam/uptime-kuma lscr.io/linuxserver/mariadb mailcow/sogo maildev/maildev mailu/nginx
mariadb/maxscale martialblog/limesurvey mautic/mautic mcr.microsoft.com/mssql/server mcuadros/ofelia metabase/metabase
microsoft/dotnet microsoft/mssql-server-linux milvusdb/milvus minio/mc mitmproxy/mitmproxy moby/buildkit
mongoclient/mongoclient mongodb/mongodb-community-server mongooseim/mongooseim mysql/mysql-router natsio/nats-box
neo4j/neo4j-admin netboxcommunity/netbox netdata/netdata nextcloud/all-in-one nginxdemos/hello
nginxinc/nginx-unprivileged nginxproxy/nginx-proxy nickfedor/watchtower nodebb/docker nvcr.io/nvidia/pytorch
oauth2proxy/oauth2-proxy odoo/odoo ollama/ollama onlyoffice/documentserver openhab/openhab openresty/openresty
opensearchproject/opensearch openvino/ubuntu20_runtime openwrt/sdk oryd/hydra osrf/ros outlinewiki/outline
owncloud/server percona/percona-server perldocker/perl phpmyadmin/phpmyadmin pihole/pihole plexinc/pms-docker
prefecthq/prefect prestashop/prestashop privatebin/nginx-fpm-alpine prometheuscommunity/postgres-exporter
provectuslabs/kafka-ui pterodactyl/panel public.ecr.aws/aws-observability/aws-otel-collector
public.ecr.aws/eks-distro/etcd-io/etcd puppet/puppetserver pytorchlightning/pytorch_lightning qdrant/qdrant
quay.io/argoproj/argocd quay.io/kiwigrid/k8s-sidecar quay.io/kuberay/operator quay.io/oauth2-proxy/oauth2-proxy
rancher/k3s rapidfort/nginx rasa/rasa redis/redisinsight rediscommander/redis-commander redislabs/redisearch
registry.k8s.io/ingress-nginx/controller restic/restic rocketchat/rocket.chat roundcube/roundcubemail rstudio/r-base
rundeck/rundeck rustdesk/rustdesk-server rustlang/rust saltstack/salt scrapinghub/splash searxng/searxng
selenium/standalone-chrome semaphoreui/semaphore shlinkio/shlink sismics/docs sitespeedio/sitespeed.io snipe/snipe-it
sonatype/nexus3 spantaleev/exim-relay spotify/kafka stefanprodan/podinfo stilliard/pure-ftpd strapi/strapi
supabase/postgres swaggerapi/swagger-ui swiftlang/swift syncthing/syncthing tautulli/tautulli
tecnativa/docker-socket-proxy teddysun/v2ray tensorflow/serving thomseddon/traefik-forward-auth tiangolo/nginx-rtmp
tianon/true tiredofit/db-backup traefik/traefik typesense/typesense ubuntu/postgres v2fly/v2fly-core valkey/valkey
vaultwarden/server vearch/vearch verdaccio/verdaccio victoriametrics/vmagent vimagick/tinyproxy wallabag/wallabag
wazuh/wazuh-manager webdevops/php-nginx wekanteam/wekan wiremock/wiremock wurstmeister/kafka xwiki/xwiki
yandex/clickhouse-server yugabytedb/yugabyte zabbix/zabbix-web-nginx-mysql zenika/alpine-chrome zerotier/zerotier
`
  .trim()
  .split(/\s+/);

test('well-known public images pass, or are told to borrow a name', async () => {
  const builtIn = join(import.meta.dirname, '../../../rules');
  const loaded = await lookalike.load?.({ builtIn, added: [] });
  assert.ok(names.length > 200, String(names.length));
  const told = names.flatMap((name) => {
    const found = lookalike.conclude(
      {
        reference: `docker://${name}`,
        kind: 'container',
        identity: { diffIds: [] },
        layers: [],
        inventory: [],
      },
      [],
      loaded?.data,
    );
    assert.ok(!('findings' in found));
    return found.filter(({ rule }) => rule !== 'lookalike/borrowed-name').map(({ rule }) => `${name}: ${rule}`);
  });
  assert.deepEqual(told, []);
});

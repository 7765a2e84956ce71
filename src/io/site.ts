/**
 * Two host names → whether they belong to one site, so that one may send clients to the other.
 *
 * The rule: equal names; or one is below the other; or both lie under the same registered domain. The registered domain is
 * the last two labels, three where the last two are a country's own second level (`co.uk`). Under a suffix where strangers
 * are neighbours (`amazonaws.com`), siblings are no site. Addresses and one-label names are a site only with themselves.
 */
import { isIP } from 'node:net';

/** Everybody can get a name under these. A name above or at such a suffix is no site of anything below it. */
const sharedSuffixes: readonly string[] = [
  // Clouds and their storage.
  'amazonaws.com amazonaws.com.cn on.aws cloudfront.net awsapprunner.com awsglobalaccelerator.com windows.net',
  'azure.com azure.net azure.us azurecr.io azurecr.cn azurecr.us azureedge.net azurefd.net azurewebsites.net',
  'azurecontainer.io azurecontainerapps.io azure-api.net cloudapp.net trafficmanager.net chinacloudapi.cn',
  'usgovcloudapi.net azurestaticapps.net googleapis.com googleusercontent.com gcr.io pkg.dev run.app appspot.com',
  'web.app firebaseapp.com cloudfunctions.net cloudflarestorage.com r2.dev workers.dev pages.dev trycloudflare.com',
  'digitaloceanspaces.com ondigitalocean.app backblazeb2.com wasabisys.com linodeobjects.com linode.com',
  'vultrobjects.com vultrcr.com scw.cloud ovh.net ovh.us your-objectstorage.com upcloudobjects.com aliyuncs.com',
  'myqcloud.com tencentcloudcr.com myhuaweicloud.com bcebos.com volces.com oraclecloud.com ocir.io',
  'oci.customer-oci.com appdomain.cloud selcdn.ru yandexcloud.net storage.yandex.net',
  // Content delivery.
  'akamaized.net akamai.net edgekey.net edgesuite.net fastly.net fastlylb.net b-cdn.net cdn77.org edgecastcdn.net',
  'kxcdn.com stackpathcdn.com llnwd.net gcdn.co',
  // Hosting, previews, tunnels, dynamic names.
  'github.io githubusercontent.com github.dev gitlab.io bitbucket.io herokuapp.com netlify.app vercel.app fly.dev',
  'onrender.com railway.app koyeb.app repl.co replit.dev glitch.me deno.dev ngrok.io ngrok.app ngrok-free.app',
  'ngrok.dev loca.lt serveo.net localhost.run lhr.life nip.io sslip.io xip.io traefik.me lvh.me duckdns.org',
  'dyndns.org no-ip.org ddns.net hopto.org afraid.org dynv6.net ts.net openshiftapps.com civo.com platformsh.site',
  'wixsite.com blogspot.com',
  // Hosted registries with a name for each customer.
  'jfrog.io cloudsmith.io cloudsmith.com pkg.github.com quay.host repo.sonatype.app container-registry.com',
  // A cluster's namespaces are tenants.
  'cluster.local svc.cluster.local',
].flatMap((line) => line.split(' '));

const shared = new Set(sharedSuffixes);

/** `co.uk`, `com.au`, `or.jp`: a second level that a country uses as a top level. */
const countrySecondLevel =
  /^(?:ac|ad|asn|co|com|ed|edu|fin|firm|go|gob|gouv|gov|gr|gub|id|idv|in|ind|info|lg|ltd|me|mil|ne|net|nic|nom|or|org|plc|pro|res|sch|tm|web)\.[a-z]{2}$/;

const isShared = (name: string): boolean => shared.has(name) || countrySecondLevel.test(name) || !name.includes('.');

/** The domain that somebody registered, or undefined where strangers are neighbours. */
const registeredDomain = (name: string): string | undefined => {
  const labels = name.split('.');
  for (let start = 1; start < labels.length; start += 1)
    if (shared.has(labels.slice(start).join('.'))) return undefined;
  const two = labels.slice(-2).join('.');
  const domain = countrySecondLevel.test(two) ? labels.slice(-3).join('.') : two;
  return isShared(domain) ? undefined : domain;
};

/** Names in lower case, without brackets, ports and final dots. */
export const isSameSite = (one: string, other: string): boolean => {
  if (one === other) return true;
  if (isIP(one) !== 0 || isIP(other) !== 0) return false;
  if (other.endsWith(`.${one}`)) return !isShared(one);
  if (one.endsWith(`.${other}`)) return !isShared(other) && registeredDomain(one) !== undefined;
  const domain = registeredDomain(one);
  return domain !== undefined && domain === registeredDomain(other);
};

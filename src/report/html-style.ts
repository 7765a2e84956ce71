/** The style sheet of the HTML report: light and dark, for screens and paper, without any request to anywhere. */
export const htmlStyle = `
:root{color-scheme:light dark;--ground:#f6f5f1;--sheet:#fff;--ink:#1d2329;--soft:#5b6671;--line:#dcdad2;--code:#f2f1ec;
--deny:#b3261e;--warn:#8a5a00;--allow:#1b6e3c;--critical:#8f1d4f;--high:#b3261e;--medium:#8a5a00;--low:#1f5f8b;--info:#5b6671}
@media (prefers-color-scheme:dark){:root{--ground:#14181c;--sheet:#1c2227;--ink:#e6e8ea;--soft:#9aa5af;--line:#323a42;--code:#151a1e;
--deny:#ff8a80;--warn:#f0b455;--allow:#6fd09a;--critical:#ff8fc0;--high:#ff8a80;--medium:#f0b455;--low:#7fc0ee;--info:#9aa5af}}
*{box-sizing:border-box;min-width:0}
body{margin:0;overflow-wrap:anywhere;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,body>header,body>footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
body>header span{text-align:right}
body>header{padding-top:1.5rem;display:flex;justify-content:space-between;align-items:baseline;gap:1rem;color:var(--soft)}
body>header strong{color:var(--ink);letter-spacing:.02em}
body>footer{padding-bottom:2rem;color:var(--soft);font-size:.85rem}
h1{font-size:1.1rem;margin:0}
h1.mono{font-size:1.1rem}
.now{margin:.9rem 0 0}
@media (min-width:48rem){.facts .wide{grid-column:span 2}}
h2{font-size:1rem;margin:2rem 0 .6rem}
h3{font-size:1rem;margin:0;display:inline}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Noto Sans Mono",monospace;font-size:.86em;overflow-wrap:anywhere}
a{color:inherit}
.sheet{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.4rem;margin:1rem 0 2rem}
.head{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1.1rem;align-items:center;border-left:6px solid var(--tone);padding-left:1rem;margin-left:-.4rem}
.word{grid-row:span 2;font-size:1.7rem;font-weight:750;letter-spacing:.03em;color:var(--tone);text-transform:uppercase}
.head .of{color:var(--soft)}
.deny{--tone:var(--deny)}.warn{--tone:var(--warn)}.allow{--tone:var(--allow)}
.critical{--tone:var(--critical)}.high{--tone:var(--high)}.medium{--tone:var(--medium)}.low{--tone:var(--low)}.info{--tone:var(--info)}
ul.why{margin:1rem 0 0;padding-left:1.2rem}
ul.why li{margin:.25rem 0;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.6rem 1.2rem;margin:1.2rem 0 0}
.facts>div{border-top:1px solid var(--line);padding-top:.4rem}
.facts dt{color:var(--soft);font-size:.8rem}
.facts dd{margin:0;overflow-wrap:anywhere}
.bar{height:6px;border-radius:3px;background:var(--line);overflow:hidden;margin-top:.35rem}
.bar svg{display:block;width:100%;height:6px}
.bar .ok{fill:var(--allow)}.bar .no{fill:var(--deny)}
fieldset{border:0;padding:0;margin:.2rem 0 .8rem;display:flex;flex-wrap:wrap;gap:.4rem}
legend{float:left;margin-right:.6rem;color:var(--soft);padding:.15rem 0}
fieldset label{border:1px solid var(--line);border-radius:99px;padding:.1rem .7rem;cursor:pointer}
fieldset input{accent-color:var(--tone);margin:0 .35rem 0 0;vertical-align:-.1em}
fieldset label:focus-within{outline:2px solid var(--tone);outline-offset:1px}
.gap{--tone:var(--warn)}
details.finding,details.gap{border:1px solid var(--line);border-left:4px solid var(--tone,var(--line));border-radius:6px;margin:.5rem 0;background:var(--sheet)}
summary{cursor:pointer;padding:.55rem .8rem;list-style-position:outside;margin-left:1.2rem}
summary::marker{color:var(--soft)}
.tag{display:inline-block;min-width:4.6rem;font-weight:650;color:var(--tone);text-transform:uppercase;font-size:.78rem;letter-spacing:.04em}
.body{padding:0 .9rem .8rem 2rem}
.about{color:var(--soft);margin:0 0 .5rem}
ol.proofs{margin:.4rem 0;padding-left:1.2rem}
ol.proofs li{margin:.45rem 0}
ol.proofs .about{margin:0}
pre{background:var(--code);border-radius:5px;padding:.45rem .6rem;margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font:.85em/1.45 ui-monospace,Menlo,Consolas,monospace}
.mark{display:inline-block;color:var(--warn);border:1px solid currentColor;border-radius:99px;padding:0 .55rem;margin:.15rem .3rem .15rem 0;font-size:.82rem}
.mark.owned{color:var(--soft)}
ol.story{margin:.4rem 0;padding-left:1.6rem}
ol.story li{margin:.2rem 0;overflow-wrap:anywhere}
.do{border-top:1px solid var(--line);padding-top:.5rem;margin:.6rem 0 0}
.excepted{color:var(--allow)}
.lessons article{margin:1.4rem 0;break-inside:avoid}
.lessons h3{display:block}
.lessons h4{margin:.8rem 0 .2rem}
.lessons p,.lessons ul{margin:.3rem 0;max-width:44rem}
.lessons :target{outline:2px solid var(--line);outline-offset:4px}
table{border-collapse:collapse;table-layout:auto;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:500}
td.number,th.number{text-align:right;white-space:nowrap}
.sheet:has(input[value=critical]:not(:checked)) .finding.critical,.sheet:has(input[value=high]:not(:checked)) .finding.high,
.sheet:has(input[value=medium]:not(:checked)) .finding.medium,.sheet:has(input[value=low]:not(:checked)) .finding.low,
.sheet:has(input[value=info]:not(:checked)) .finding.info{display:none}
@media print{body{background:#fff;font-size:11px}fieldset{display:none}.sheet{border:0;padding:0;break-after:page}
details.finding,details.gap{break-inside:avoid}details::details-content{content-visibility:visible;display:block;block-size:auto}}
@media (max-width:40rem){.head{grid-template-columns:1fr}.word{grid-row:auto}.body{padding-left:.9rem}}
`;

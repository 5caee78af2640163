// Starts GraphiQL on the page that `graphiql.py` renders.
"use strict";

(function () {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const httpUrl = new URL(settings.path, window.location.href);
  const socketUrl = new URL(httpUrl);
  socketUrl.protocol = httpUrl.protocol === "https:" ? "wss:" : "ws:";

  function isSubscription(parameters, documentAST) {
    const operations = ((documentAST && documentAST.definitions) || []).filter(
      (definition) => definition.kind === "OperationDefinition",
    );
    const chosen = operations.find(
      (operation) => operation.name && operation.name.value === parameters.operationName,
    );
    return (chosen || operations[0] || {}).operation === "subscription";
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

  function fetcher(parameters, options) {
    const headers = (options && options.headers) || {};
    return isSubscription(parameters, options && options.documentAST)
      ? listen(parameters, headers)
      : send(parameters, headers);
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
  };
  const root = window.ReactDOM.createRoot(document.getElementById("graphiql"));
  root.render(window.React.createElement(window.GraphiQL, properties));
})();

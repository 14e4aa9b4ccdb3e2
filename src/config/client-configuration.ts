/** What a person puts into the settings of an MCP client so that it starts this server. Pure. */

/** @param projectDir absolute; clients start servers in folders of their own choice */
export function clientConfiguration(projectDir: string): string {
  const server = {
    command: 'npx',
    args: ['-y', 'devops-engineer-mcp', 'stdio', '--project', projectDir],
  };
  const mcpServers = json({ mcpServers: { 'devops-engineer': server } });
  return `Add the server to your MCP client:

Claude Code: .mcp.json in the project
Claude Desktop: claude_desktop_config.json (Settings, Developer, Edit Config)
Cursor: .cursor/mcp.json in the project
${mcpServers}

VS Code: .vscode/mcp.json in the project
${json({ servers: { 'devops-engineer': { type: 'stdio', ...server } } })}
`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

package main

import (
	"io"

	"github.com/spf13/cobra"
)

func completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "print a completion script for a shell",
		Long:  "Print a completion script for bash, zsh, fish or powershell.",
		Example: `  # bash: now, and in every new shell
  source <(ricochet completion bash)
  ricochet completion bash > /etc/bash_completion.d/ricochet

  # zsh, fish, PowerShell
  ricochet completion zsh > "${fpath[1]}/_ricochet"
  ricochet completion fish > ~/.config/fish/completions/ricochet.fish
  ricochet completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("ricochet completion bash", "completion takes one shell: bash, zsh, fish or powershell")
			}
			write, ok := map[string]func(io.Writer) error{
				"bash":       func(w io.Writer) error { return c.Root().GenBashCompletionV2(w, true) },
				"zsh":        c.Root().GenZshCompletion,
				"fish":       func(w io.Writer) error { return c.Root().GenFishCompletion(w, true) },
				"powershell": c.Root().GenPowerShellCompletionWithDesc,
			}[args[0]]
			if !ok {
				hint := nearest(args[0], shells)
				if hint == "" {
					hint = "bash"
				}
				return usage("ricochet completion "+hint, "unknown shell %q", args[0])
			}
			return write(c.OutOrStdout())
		},
	}
}
